/** Conversations in Slack: each thread with its agent, its session, and who spoke last. */
import { html } from 'hono/html';
import { type ListedThread, readThreads, type ThreadsView } from '../../views/thread-view.ts';
import type { Html, Page } from '../page.ts';
import { agentChoice, listForm, pageLinks, wideTable } from './list-parts.ts';
import { liveMain } from './main.ts';
import { agentHref, itemHref, momentAndAge, nothing, sessionHref } from './words.ts';

function row({ agentId, sessionId, title, workItemId, app, channel, lastBy, at }: ListedThread, now: number): Html {
  const item = workItemId === undefined ? '' : html`<a href="${itemHref(agentId, workItemId)}">${workItemId}</a>`;
  return html`<tr>
<th scope="row"><a href="${sessionHref(agentId, sessionId)}">${title}</a></th>
<td><a href="${agentHref(agentId)}">${agentId}</a></td>
<td>${channel}${app === 'default' ? '' : html` <span class="quiet">${app}</span>`}</td>
<td>${item}</td>
<td>${lastBy === 'agent' ? 'the agent' : (lastBy ?? '-')}</td>
<td>${momentAndAge(at, now)}</td>
</tr>`;
}

const headings = ['Thread', 'Agent', 'Channel', 'Work item', 'Spoke last', 'When'];

export const threadsPage: Page<ThreadsView> = {
  path: '/threads',
  api: '/api/threads',
  read: (source, { query }) => readThreads(source, query),
  title: ({ total }) => (total === 1 ? '1 thread' : `${total} threads`),
  html(view, viewer) {
    const { agentId, agents, threads } = view;
    const rows = threads.map((thread) => row(thread, viewer.now));
    return liveMain(
      viewer,
      html`<h1>Threads in Slack</h1>${listForm('/threads', agentChoice(agents, agentId))}
${threads.length === 0 ? nothing('No agent has a thread here.') : wideTable('Threads', headings, rows)}
${pageLinks('/threads', view)}`,
    );
  },
};
