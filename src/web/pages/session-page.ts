/** The page of one session: its whole conversation in the words of the terminal, the newest part first, older parts page by page. */
import { html } from 'hono/html';
import { requestLine } from '../../conversations/proposal-text.ts';
import { readSession, type SessionView } from '../../views/session-view.ts';
import type { Html, Page, Viewer } from '../page.ts';
import { logLines } from './log-lines.ts';
import { liveMain } from './main.ts';
import { agentHref, itemHref, nothing, outLink, phaseBadge, sessionHref, usd, withQuery } from './words.ts';

const entriesOnPage = 200;

const idIn = (text: string | undefined) => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined);

function facts(view: SessionView): Html {
  const { agentId, workItemId, phase, outcome, usd: amount, tokens, proposals = [], prUrl } = view;
  return html`<p class="links">${phase === null ? '' : phaseBadge(phase)}
${workItemId === undefined ? '' : html`<a href="${itemHref(agentId, workItemId)}">Work item ${workItemId}</a>`}
${outLink(prUrl, 'Pull request')}
${outcome ? html`<span>Last turn: ${outcome}</span>` : ''}
<span>${usd(amount)}, ${tokens.output.toLocaleString('en-US')} tokens out</span></p>
${proposals.map(({ id, request }) => html`<p class="fix">It proposes ${requestLine(request)}. Decide with <code>jvagent confirm ${agentId} ${id}</code>.</p>`)}`;
}

function logLinks({ agentId, sessionId, older, newer }: SessionView): Html | '' {
  if (older === undefined && newer === undefined) return '';
  const at = sessionHref(agentId, sessionId);
  return html`<nav class="pages" aria-label="Parts of the log">
${older === undefined ? '' : html`<a href="${withQuery(at, { before: older })}">Older</a>`}
${newer === undefined ? '' : html`<a href="${withQuery(at, { after: newer })}">Newer</a> <a href="${at}">Newest</a>`}
</nav>`;
}

function content(view: SessionView, { now }: Viewer): Html {
  const { agentId, sessionId, title, log } = view;
  return html`<p class="where small"><a href="/sessions">Sessions</a> / <a href="${agentHref(agentId)}">${agentId}</a></p>
<h1>${sessionId}${title === sessionId ? '' : html` <span class="quiet">${title}</span>`}</h1>
${facts(view)}
<section aria-labelledby="log"><h2 id="log">Log</h2>
${logLinks(view)}
${log.length > 20 ? html`<p><a href="#end">To the newest entry here</a></p>` : ''}
${log.length === 0 ? nothing('Nothing happened here yet.') : logLines(log, now)}
<div id="end">${log.length > 20 ? logLinks(view) : ''}</div>
</section>`;
}

export const sessionPage: Page<SessionView> = {
  path: '/sessions/:agent{.+}/:session{[^/]+}',
  api: '/api/sessions/:agent{.+}/:session{[^/]+}',
  read(source, { params: { agent = '', session = '' }, query: { before, after }, isTwin = false }) {
    const key = { agentId: agent, sessionId: session };
    const isWhole = isTwin && before === undefined && after === undefined;
    if (isWhole) return readSession(source, key);
    return readSession(source, key, { before: idIn(before), after: idIn(after), max: entriesOnPage });
  },
  title: ({ sessionId, title, phase }) =>
    [phase, sessionId, title === sessionId ? '' : title].filter(Boolean).join(' '),
  html: (view, viewer) => liveMain(viewer, content(view, viewer)),
};
