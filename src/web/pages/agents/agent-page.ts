/** The page of one agent: how it is, what waits for a person, its money and its looks, what it is given and what it may reach. */
import { html } from 'hono/html';
import { foundText } from '../../../status/found.ts';
import { type AgentView, readAgentView } from '../../../views/agent-view.ts';
import { sentenceOf } from '../../../views/sentence.ts';
import type { Html, Page, Viewer } from '../../page.ts';
import { type Act, actForms, pauseOf, releaseOf, resumeOf } from '../act.ts';
import { liveMain } from '../main.ts';
import { agentHref, codeText, momentAndAge, outLink, stateBadge, withQuery } from '../words.ts';
import { givenSection, heldSection, moneySection, namedSection, proposalSection } from './agent-parts.ts';

/** Faults of its files stand in a list of their own. */
function standing({ code, why, fix, state, faults, running, waiting }: AgentView): Html {
  const said = why !== undefined && faults.length === 0;
  return html`<section class="card ${code ? 'kept' : ''}" aria-labelledby="state"><h2 id="state">${stateBadge(state)}</h2>
${said ? html`<p><code>${code}</code> ${codeText(why)}</p>` : ''}
${said && fix ? html`<p class="fix"><b>Do:</b> ${codeText(fix)}</p>` : ''}
${faults.map(({ file, line, path, message, fix: how }) => html`<p class="fault"><code>${line === undefined ? file : `${file}:${line}`}</code> ${path ? `${path}: ` : ''}${message}. ${codeText(how)}</p>`)}
<p>${running} running, ${waiting} waiting</p>
</section>`;
}

/** What it found wrong, and what people let past the gate. */
function warnings({ findings, warnings: past = [], hold }: AgentView): Html | '' {
  if (findings.length + past.length === 0 && !hold) return '';
  return html`<section class="card kept" aria-labelledby="wrong"><h2 id="wrong">What is not as it should be</h2>
${hold ? html`<p class="fault"><code>HOLD</code> Nothing is deployed to its instance: ${sentenceOf(hold.why)}</p>` : ''}
${findings.map((finding) => html`<p class="fault">${foundText(finding)}. ${codeText(finding.fix)}</p>`)}
${past.map((given) => html`<p>It gives ${given}, outside the gate.</p>`)}
</section>`;
}

function looks(view: AgentView, now: number): Html | '' {
  const { kind, lastLookAt, lastTriedAt, lookFailed, nextLookAt, neverLooks, lastHeartbeatAt } = view;
  if (kind !== 'code-change') return '';
  const at = (time: number | null) => (time === null ? 'not yet' : momentAndAge(time, now));
  const outcome = lookFailed
    ? html`<p class="fault">The last look, ${at(lastTriedAt)}, did not succeed. <code>${lookFailed.refused}</code> ${codeText(sentenceOf(lookFailed.why))} ${codeText(lookFailed.fix)}</p>`
    : '';
  return html`<section aria-labelledby="looks"><h2 id="looks">Looks at the board</h2>
${outcome}
${neverLooks ? html`<p class="fault">${codeText(sentenceOf(neverLooks.why))} ${codeText(neverLooks.fix)}</p>` : ''}
<dl><div><dt>Last that succeeded</dt><dd>${at(lastLookAt)}</dd></div>
<div><dt>Last heartbeat</dt><dd>${at(lastHeartbeatAt)}</dd></div>
<div><dt>Next</dt><dd>${nextLookAt === null ? 'nothing brings one' : momentAndAge(nextLookAt, now)}</dd></div></dl></section>`;
}

/** None of these trusts, approves or confirms. */
function actsOf({ id, pausedAt, hold }: AgentView): (Act | undefined)[] {
  return [hold && releaseOf(id), pausedAt === undefined ? pauseOf(id) : resumeOf(id)];
}

function content(view: AgentView, viewer: Viewer): Html {
  const { id, name, description, above, boardPage } = view;
  const { now } = viewer;
  const parents = above.map((one) => html` / <a href="${agentHref(one)}">${one}</a>`);
  const own = { agent: id };
  return html`<p class="where small"><a href="/agents">Agents</a>${parents}</p>
<h1>${id}${name ? html` <span class="quiet">${name}</span>` : ''}</h1>
${description ? html`<p>${description}</p>` : ''}
<p class="links"><a href="${withQuery('/items', own)}">Work items</a> <a href="${withQuery('/sessions', own)}">Sessions</a>
<a href="${withQuery('/audit', own)}">Audit log</a> <a href="${withQuery('/costs', own)}">Costs</a> <a href="${withQuery('/threads', own)}">Threads in Slack</a> ${outLink(boardPage, 'Board')}</p>
${standing(view)}
${actForms(viewer, actsOf(view))}
${heldSection(view)}
${proposalSection(view, now)}
${warnings(view)}
${view.budgets.length === 0 ? '' : moneySection(view)}
${looks(view, now)}
${namedSection('people', 'People', view.people)}
${givenSection(view)}
${namedSection('reach', 'What it works on and may reach', view.reach)}
${view.digest ? html`<p class="small quiet">Configuration <code>${view.digest.slice(0, 12)}</code></p>` : ''}`;
}

export const agentPage: Page<AgentView> = {
  path: '/agents/:agent{.+}',
  api: '/api/agents/:agent{.+}',
  read: (source, { params }) => readAgentView(source, params.agent ?? ''),
  title: ({ id, state }) => `${state}: ${id}`,
  html: (view, viewer) => liveMain(viewer, content(view, viewer)),
};
