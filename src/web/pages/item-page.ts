/** The page of one work item: how it stands, its way from New to Deployed, and what people decided on. */
import { html } from 'hono/html';
import { foundText } from '../../status/found.ts';
import { waitedFor } from '../../status/item-standing.ts';
import { type ItemView, readItem } from '../../views/item-view.ts';
import { sentenceOf } from '../../views/sentence.ts';
import type { Html, Page, Viewer } from '../page.ts';
import { type Act, actForms, pauseOf, resumeOf } from './act.ts';
import { changeSection, planSection } from './item-parts.ts';
import { timeline } from './item-timeline.ts';
import { glance } from './log-lines.ts';
import { liveMain } from './main.ts';
import {
  agentHref,
  codeText,
  lasting,
  linkedText,
  momentAndAge,
  outLink,
  phaseBadge,
  sessionHref,
  usd,
} from './words.ts';

/** The words of `explain`. */
function standingCard(view: ItemView, now: number): Html {
  const { standing, findings, visits, page, pullRequest, log } = view;
  const { phase, waitingFor, code, why, fix, nextLookAt } = standing;
  const since = visits.at(-1)?.from;
  const known = [[page, 'the board'] as const, [pullRequest, 'the pull request'] as const];
  return html`<section class="card ${code ? 'kept' : ''}" aria-labelledby="now">
<h2 id="now">${phaseBadge(phase)} ${since === undefined ? '' : html`<span class="quiet">for ${lasting(now - since)}</span>`}</h2>
${waitingFor ? html`<p>It waits for ${codeText(waitedFor(waitingFor))}.</p>` : ''}
${log ? glance(log, now) : ''}
${why ? html`<p>${code ? html`<code>${code}</code> ` : ''}${codeText(code ? why : sentenceOf(why))}</p>` : ''}
${fix ? html`<p class="fix"><b>Do:</b> ${linkedText(fix, known)}</p>` : ''}
${nextLookAt === null ? '' : html`<p class="next small">Next look: ${momentAndAge(nextLookAt, now)}</p>`}
${findings.map((finding) => html`<p class="fault">The agent has a fault: ${foundText(finding)}. ${codeText(finding.fix)}</p>`)}
</section>`;
}

function costs({ usd: amount, tokens, turns, waited, item }: ItemView): Html {
  const count = (value: number) => value.toLocaleString('en-US');
  const rows: [string, string][] = [
    ['Cost', usd(amount)],
    ['Turns', count(turns)],
    ['Tokens', `${count(tokens.input)} in, ${count(tokens.cached)} from cache, ${count(tokens.output)} out`],
    ['Waited for people', lasting(waited.people)],
    ['With the platform', lasting(waited.platform)],
    ['Attempts', count(item?.counts.attempts ?? 0)],
  ];
  return html`<section aria-labelledby="costs"><h2 id="costs">Cost and time</h2>
<dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></section>`;
}

function actsOf({ agentId, workItemId, may, agentIsPaused }: ItemView): (Act | false)[] {
  const to = (verb: string) => `/api/items/${agentId}/${workItemId}/${verb}`;
  return [
    may.retry && { to: to('retry'), words: 'Retry', does: 'The agent goes on with the work item.' },
    may.rollback && {
      to: to('rollback'),
      words: 'Roll back',
      does: 'The deployment is taken back from the instance, and the instance is put on hold.',
      isGrave: true,
    },
    may.cancel && {
      to: to('cancel'),
      words: 'Cancel the work item',
      does: 'The agent stops its work on it. What is on the board and in the repository stays.',
      isGrave: true,
    },
    agentIsPaused ? resumeOf(agentId) : pauseOf(agentId),
  ];
}

function content(view: ItemView, viewer: Viewer): Html {
  const { agentId, sessionId, workItemId, title, state, page, pullRequest } = view;
  return html`<p class="where small"><a href="/items">Work items</a> / <a href="${agentHref(agentId)}">${agentId}</a></p>
<h1>${workItemId} ${title}</h1>
<p class="links">${state ? html`<span>On the board: <b>${state}</b></span>` : ''} ${outLink(page, 'Work item on the board')}
${outLink(pullRequest, 'Pull request')} <a href="${sessionHref(agentId, sessionId)}">Session with every step</a></p>
${standingCard(view, viewer.now)}
${actForms(viewer, actsOf(view))}
<div class="split">${timeline(view, viewer.now)}
<div>${planSection(view, viewer.now)}
${changeSection(view, viewer)}
${costs(view)}</div></div>`;
}

export const itemPage: Page<ItemView> = {
  path: '/items/:agent{.+}/:item{[0-9]+}',
  api: '/api/items/:agent{.+}/:item{[0-9]+}',
  read: (source, { params }) => readItem(source, params.agent ?? '', Number(params.item)),
  title: ({ workItemId, title, standing }) => `${workItemId} ${standing.phase ?? 'not started'}: ${title}`,
  html: (view, viewer) => liveMain(viewer, content(view, viewer)),
};
