/** The first page: what needs a person, what waits by itself, what runs, what ended in the last 24 hours; then agent by agent. */
import { html } from 'hono/html';
import { codes } from '../../refusal.ts';
import { platformDown } from '../../status/agent-standing.ts';
import { waitedFor } from '../../status/item-standing.ts';
import type { Entry, Need } from '../../status/overview.ts';
import { isOddNode, nodeText } from '../../views/nodes-view.ts';
import { type AgentStatus, type PlatformStatus, platformView, type RunningEntry } from '../../views/platform-view.ts';
import { sentenceOf } from '../../views/sentence.ts';
import type { Html, Page, Viewer } from '../page.ts';
import { type Act, actForms, releaseOf, resumeOf } from './act.ts';
import { wideTable } from './list-parts.ts';
import { glance } from './log-lines.ts';
import { liveMain } from './main.ts';
import {
  agentHref,
  badge,
  codeText,
  itemHref,
  lasting,
  linkedText,
  moment,
  momentAndAge,
  nothing,
  outLink,
  phaseBadge,
  sessionHref,
  stateBadge,
  usd,
} from './words.ts';

/** It keeps each agent alike, has its banner and its button on top, and is one thing that people do. */
const isPlatformPause = ({ code, workItemId, fix }: Need) =>
  code === 'PAUSED' && workItemId === undefined && fix === codes.PAUSED;

function shownNeeds({ needs }: PlatformStatus): Need[] {
  const first = needs.find(isPlatformPause);
  return needs.filter((need) => need === first || !isPlatformPause(need));
}

function needCount(count: number): string {
  if (count === 0) return 'Nothing needs you';
  return count === 1 ? '1 needs you' : `${count} need you`;
}

/** The work item as a link, or the agent as a whole. */
function nameOf({ agentId, workItemId, title }: Entry): Html {
  if (workItemId === undefined) return html`<a href="${agentHref(agentId)}">${agentId}</a>`;
  return html`<a href="${itemHref(agentId, workItemId)}">${workItemId} ${title ?? ''}</a> <span class="quiet">${agentId}</span>`;
}

const stateOf = ({ workItemId, phase }: Entry) =>
  workItemId === undefined ? badge('Agent', 'bad') : phaseBadge(phase);

const whyOf = ({ code, why, waitingFor }: Entry): Html => {
  if (code === null && !why) return html`${waitingFor ? `Waits for ${waitedFor(waitingFor)}.` : ''}`;
  return html`${code ? html`<code>${code}</code> ` : ''}${codeText(code ? (why ?? '') : sentenceOf(why ?? ''))}`;
};

const nextLook = (at: number | null, now: number): Html | '' =>
  at === null ? '' : html`<p class="next small">Next look: ${momentAndAge(at, now)}</p>`;

/** What ends the need right here; nothing that approves, trusts or confirms. */
function actOf(need: Need): Act | undefined {
  const { agentId, workItemId, code } = need;
  if (code === 'HOLD' && workItemId === undefined) return releaseOf(agentId);
  return code === 'PAUSED' && !isPlatformPause(need) ? resumeOf(agentId) : undefined;
}

function needCard(need: Need, viewer: Viewer): Html {
  const { now } = viewer;
  const { since, asked, fix, nextLookAt, page, pullRequest } = need;
  const links = [[page, 'the board'] as const, [pullRequest, 'the pull request'] as const];
  const below = links.filter(([url]) => url !== undefined && !fix.includes(url));
  return html`<li class="card need">
<h3>${isPlatformPause(need) ? 'The whole platform' : html`${nameOf(need)} ${stateOf(need)}`}</h3>
${since === null ? '' : html`<p class="since small">Waiting ${lasting(now - since)} <span class="quiet">since ${moment(since, now)}</span></p>`}
<p>${whyOf(need)}</p>
<p class="asked"><b>Asked:</b> ${codeText(asked)}</p>
<p class="fix"><b>Do:</b> ${linkedText(fix, links)}</p>
${below.length === 0 ? '' : html`<p class="links">${below.map(([url, words]) => outLink(url, `See ${words}`))}</p>`}
${nextLook(nextLookAt, now)}
${actForms(viewer, [actOf(need)])}
</li>`;
}

function waitCard(entry: Entry, now: number): Html {
  return html`<li class="card">
<h3>${nameOf(entry)} ${stateOf(entry)}</h3>
<p>${whyOf(entry)}</p>
${entry.fix ? html`<p class="fix">${codeText(entry.fix)}</p>` : ''}
${nextLook(entry.nextLookAt, now)}
</li>`;
}

function runningCard(entry: RunningEntry, now: number): Html {
  const { agentId, sessionId, workItemId } = entry;
  const talk = html`<a href="${sessionHref(agentId, sessionId)}">${sessionId}</a> <span class="quiet">${agentId}</span> ${badge('Conversation')}`;
  const name = workItemId === undefined ? talk : html`${nameOf(entry)} ${stateOf(entry)}`;
  return html`<li class="card"><h3>${name}</h3>${glance(entry.log, now)}
${workItemId === undefined ? '' : html`<p><a href="${sessionHref(agentId, sessionId)}">Every step of work item ${workItemId}</a></p>`}</li>`;
}

function endedLine(entry: Entry, now: number): Html {
  const { since, code, why } = entry;
  return html`<li>${stateOf(entry)} ${nameOf(entry)} ${since === null ? '' : momentAndAge(since, now)}
${code ? html`<p>${whyOf({ ...entry, why })}</p>` : ''}</li>`;
}

function agentRow(agent: AgentStatus, now: number): Html {
  const { id, state, code, why, running, waiting, usdToday, lastHeartbeatAt, nextLookAt, warnings = [] } = agent;
  const past = warnings.map((warning) => html`<p>Warning: it gives ${warning}, outside the gate.</p>`);
  return html`<tr>
<th scope="row"><a href="${agentHref(id)}">${id}</a></th>
<td>${stateBadge(state)}</td>
<td class="number">${running}</td><td class="number">${waiting}</td><td class="number">${usd(usdToday)}</td>
<td>${lastHeartbeatAt === null ? '-' : moment(lastHeartbeatAt, now)}</td>
<td>${nextLookAt === null ? '-' : moment(nextLookAt, now)}</td>
<td>${why ? html`<code>${code}</code> ${codeText(why)}` : ''}${past}</td>
</tr>`;
}

function agentTable({ agents }: PlatformStatus, now: number): Html {
  if (agents.length === 0) return nothing('There are no agents yet. Run `jvagent init` in the workspace.');
  const headings = ['Agent', 'State', 'Running', 'Waiting', 'Today', 'Last heartbeat', 'Next look', 'Why'];
  const rows = agents.map((agent) => agentRow(agent, now));
  return wideTable('Table of agents', headings, rows, ['Running', 'Waiting', 'Today']);
}

/** What keeps everything, above all else. */
function platformBanner({ platform }: PlatformStatus, viewer: Viewer): Html | '' {
  const { pausedAt, standstill } = platform;
  const down = platformDown(platform);
  const resume = { to: '/api/resume', words: 'Resume the platform', does: 'Every agent begins turns again at once.' };
  return html`${down ? html`<div class="banner bad"><p>${down.why}. ${codeText(down.fix)}</p></div>` : ''}
${standstill ? html`<div class="banner bad"><p>No agent can work: ${standstill.why} ${codeText(standstill.fix ?? '')}</p></div>` : ''}
${
  pausedAt === undefined
    ? ''
    : html`<div class="banner wait"><p>The whole platform has been paused since ${momentAndAge(pausedAt, viewer.now)}. No turns start. Run <code>jvagent resume</code>.</p>${actForms(viewer, [resume])}</div>`
}`;
}

function group<One>(
  id: string,
  heading: string,
  entries: readonly One[],
  empty: string,
  show: (one: One) => Html,
): Html {
  const list = html`<ul class="cards" role="list">${entries.map(show)}</ul>`;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${heading} <span class="quiet">${entries.length}</span></h2>
${entries.length === 0 ? nothing(empty) : list}</section>`;
}

/** Where there are several machines. */
function nodeList({ nodes }: PlatformStatus): Html | '' {
  const named = nodes.filter(({ name }) => name !== undefined);
  if (named.length === 0) return '';
  const lines = named.map((node) => html`<li>${isOddNode(node) ? badge('Look', 'bad') : ''} ${nodeText(node)}</li>`);
  return html`<section aria-labelledby="nodes"><h2 id="nodes">Nodes <span class="quiet">${named.length}</span></h2>
<ul role="list">${lines}</ul></section>`;
}

export const statusPage: Page<PlatformStatus> = {
  path: '/',
  api: '/api/status',
  read: (source) => platformView(source),
  title: (status) => needCount(shownNeeds(status).length),
  html(status, viewer) {
    const { now } = viewer;
    const { waits, running, ended, platform } = status;
    const needs = shownNeeds(status);
    const pause = {
      to: '/api/pause',
      words: 'Pause the platform',
      does: 'No new turns start, and outgoing changes of running turns are blocked, until somebody resumes.',
      isGrave: true,
    };
    return liveMain(
      viewer,
      html`<h1><span aria-live="polite">${needCount(needs.length)}</span></h1>
${platformBanner(status, viewer)}
${group('needs', 'Needs you', needs, 'Nobody is asked for anything. What goes on stands below.', (one) => needCard(one, viewer))}
${group('waits', 'Waits by itself', waits, 'Nothing waits.', (one) => waitCard(one, now))}
${group('running', 'Running', running, 'No turn is running.', (one) => runningCard(one, now))}
${group('ended', 'Ended in the last 24 hours', ended, 'Nothing ended.', (one) => endedLine(one, now))}
<section aria-labelledby="agents"><h2 id="agents">Agents</h2>${agentTable(status, now)}</section>
${nodeList(status)}
${platform.pausedAt === undefined ? actForms(viewer, [pause]) : ''}`,
    );
  },
};
