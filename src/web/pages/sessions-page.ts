/** Sessions as a list, with a choice of agent. */
import { html } from 'hono/html';
import { isThreadSession, mainSession, type SessionId } from '../../broker/session-id.ts';
import { readSessionList, type SessionListView } from '../../views/session-list.ts';
import type { Html, Page } from '../page.ts';
import { agentChoice, listForm, pageLinks, wideTable } from './list-parts.ts';
import { liveMain } from './main.ts';
import { agentHref, badge, momentAndAge, nothing, phaseBadge, sessionHref, usd } from './words.ts';

/** What a session without a title of its own is for. */
function kindOf(sessionId: string): string {
  if (sessionId === mainSession) return 'Looks for work';
  return isThreadSession(sessionId as SessionId) ? 'A conversation in Slack' : '';
}

function row(session: SessionListView['sessions'][number], now: number): Html {
  const { agentId, sessionId, title, phase, running, lastActiveAt, usd: amount } = session;
  return html`<tr>
<th scope="row"><a href="${sessionHref(agentId, sessionId)}">${sessionId}</a></th>
<td class="about">${title === sessionId ? kindOf(sessionId) : title}</td>
<td>${phase ? phaseBadge(phase) : ''} ${running ? badge('Running', 'good') : ''}</td>
<td><a href="${agentHref(agentId)}">${agentId}</a></td>
<td>${momentAndAge(lastActiveAt, now)}</td>
<td class="number">${usd(amount)}</td>
</tr>`;
}

export const sessionsPage: Page<SessionListView> = {
  path: '/sessions',
  api: '/api/sessions',
  read: (source, { query }) => readSessionList(source, query),
  title: ({ total }) => (total === 1 ? '1 session' : `${total} sessions`),
  html(view, viewer) {
    const { agentId, agents, sessions } = view;
    const headings = ['Session', 'About', 'Phase', 'Agent', 'Last active', 'Cost'];
    const rows = sessions.map((one) => row(one, viewer.now));
    return liveMain(
      viewer,
      html`<h1>Sessions</h1>${listForm('/sessions', agentChoice(agents, agentId))}
${sessions.length === 0 ? nothing('There are none here.') : wideTable('Sessions', headings, rows, ['Cost'])}
${pageLinks('/sessions', view)}`,
    );
  },
};
