/** Work items as a list, with a choice of agent and phase. */
import { html } from 'hono/html';
import { readSessionList, type SessionListView } from '../../views/session-list.ts';
import { phases } from '../../work-items/phase.ts';
import type { Html, Page } from '../page.ts';
import { agentChoice, choice, listForm, pageLinks, wideTable } from './list-parts.ts';
import { liveMain } from './main.ts';
import { agentHref, itemHref, momentAndAge, nothing, phaseBadge, phaseWords, usd } from './words.ts';

function row({ agentId, workItemId = 0, title, phase, running, lastActiveAt, usd: amount }: Item, now: number): Html {
  return html`<tr>
<th scope="row"><a href="${itemHref(agentId, workItemId)}">${workItemId} ${title}</a></th>
<td>${phaseBadge(phase ?? null)}${running ? ' running' : ''}</td>
<td><a href="${agentHref(agentId)}">${agentId}</a></td>
<td>${momentAndAge(lastActiveAt, now)}</td>
<td class="number">${usd(amount)}</td>
</tr>`;
}

type Item = SessionListView['sessions'][number];

export const itemsPage: Page<SessionListView> = {
  path: '/items',
  api: '/api/items',
  read: (source, { query }) => readSessionList(source, query, true),
  title: ({ total }) => (total === 1 ? '1 work item' : `${total} work items`),
  html(view, viewer) {
    const { agentId, phase = '', agents, sessions } = view;
    const chosen = phases.map((one) => [one, phaseWords(one)] as const);
    const filters = html`${agentChoice(agents, agentId)}
${choice('phase', 'Phase', phase, chosen)}`;
    const headings = ['Work item', 'Phase', 'Agent', 'Last active', 'Cost'];
    const rows = sessions.map((one) => row(one, viewer.now));
    return liveMain(
      viewer,
      html`<h1>Work items</h1>${listForm('/items', filters)}
${sessions.length === 0 ? nothing('There are none here.') : wideTable('Work items', headings, rows, ['Cost'])}
${pageLinks('/items', view)}`,
    );
  },
};
