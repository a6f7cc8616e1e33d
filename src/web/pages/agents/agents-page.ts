/** All agents: how each is, what it spent of its day, and when it looks at its board. */
import { html } from 'hono/html';
import { type AgentsView, type ListedAgent, readAgents } from '../../../views/agents-view.ts';
import type { Html, Page } from '../../page.ts';
import { wideTable } from '../list-parts.ts';
import { liveMain } from '../main.ts';
import { agentHref, badge, codeText, moment, nothing, stateBadge, usd } from '../words.ts';
import { moneyMeter } from './agent-parts.ts';

const kinds = { 'code-change': 'code change', conversation: 'conversation' };

function row({ id, state, code, why, fix, usdToday, usdMax, ...agent }: ListedAgent, now: number): Html {
  const { kind, name, lastLookAt, nextLookAt, running, waiting, proposalsOpen } = agent;
  const money = usdMax === undefined ? usd(usdToday) : moneyMeter(`Spent today by ${id}`, { usd: usdToday, usdMax });
  return html`<tr>
<th scope="row"><a href="${agentHref(id)}">${id}</a> <span class="quiet">${[name, kind && kinds[kind]].filter(Boolean).join(', ')}</span></th>
<td>${stateBadge(state)} ${proposalsOpen > 0 ? badge(`${proposalsOpen} to confirm`, 'wait') : ''}</td>
<td>${why ? html`<code>${code}</code> ${codeText(why)}` : ''}${fix ? html`<p><b>Do:</b> ${codeText(fix)}</p>` : ''}</td>
<td class="number">${running}</td><td class="number">${waiting}</td>
<td>${money}</td>
<td>${lastLookAt === null ? '-' : moment(lastLookAt, now)}</td>
<td>${nextLookAt === null ? '-' : moment(nextLookAt, now)}</td>
</tr>`;
}

/** On a telephone the first three are seen. */
const headings = ['Agent', 'State', 'Why', 'Running', 'Waiting', 'Today', 'Last look', 'Next look'];

/** Those that cannot work, in words. */
function summary({ agents }: AgentsView): string {
  const stopped = agents.filter(({ state }) => state !== 'ready' && state !== 'running').length;
  const all = agents.length === 1 ? '1 agent' : `${agents.length} agents`;
  return stopped === 0 ? all : `${stopped} of ${all} cannot work`;
}

export const agentsPage: Page<AgentsView> = {
  path: '/agents',
  api: '/api/agents',
  read: (source) => readAgents(source),
  title: summary,
  html(view, viewer) {
    const { agents } = view;
    const rows = agents.map((agent) => row(agent, viewer.now));
    return liveMain(
      viewer,
      html`<h1>Agents <span class="quiet">${summary(view)}</span></h1>
${agents.length === 0 ? nothing('There are no agents yet. Run `jvagent init` in the workspace.') : wideTable('All agents', headings, rows, ['Running', 'Waiting'])}`,
    );
  },
};
