/** The audit log: who did what, or was refused it, and whether the record is whole. */
import { html } from 'hono/html';
import type { AuditEntry } from '../../store/audit-chain.ts';
import { type AuditView, type ChainState, readAudit } from '../../views/audit-view.ts';
import { auditWords } from '../../views/log/audit-words.ts';
import { sentenceOf } from '../../views/sentence.ts';
import type { Html, Page } from '../page.ts';
import { agentChoice, listForm, wideTable } from './list-parts.ts';
import { liveMain } from './main.ts';
import { agentHref, badge, codeText, nothing, second, sessionHref, withQuery } from './words.ts';

const count = (value: number) => value.toLocaleString('en-US');

function chainCard({ agentId, entries, checked, broken }: ChainState): Html {
  if (broken)
    return html`<li class="card need"><p>${badge('Broken', 'bad')} ${codeText(sentenceOf(broken.why))}</p><p class="fix"><b>Do:</b> ${codeText(broken.fix)}</p></li>`;
  const state = checked >= entries ? badge('Whole', 'good') : badge('Being checked', 'wait');
  return html`<li>${state} ${agentId}: checked up to entry ${count(checked)} of ${count(entries)}</li>`;
}

/** What is broken stands above all else; what is whole is folded where it is more than one. */
function chainSection({ chains }: AuditView): Html | '' {
  const [broken, others] = [chains.filter((one) => one.broken), chains.filter((one) => !one.broken)];
  const list = html`<ul role="list">${others.map(chainCard)}</ul>`;
  const whole = others.filter(({ checked, entries }) => checked >= entries).length;
  const folded = html`<details id="chains"><summary>${whole} of ${chains.length} logs are checked up to their last entry and whole</summary>${list}</details>`;
  if (chains.length === 0) return '';
  return html`<section aria-labelledby="chain"><h2 id="chain">Whether it is whole</h2>
<ul role="list">${broken.map(chainCard)}</ul>${others.length > 1 ? folded : list}
<p class="small quiet">The platform checks new entries once a minute while it runs. To check all of them from the first: <code>jvagent audit verify</code></p></section>`;
}

/** A link within what is folded could not be reached by keys, so the session has a cell of its own. */
function row(entry: AuditEntry, isOne: boolean, now: number): Html {
  const { agentId, sessionId, seq, at } = entry;
  const { who, what, detail = '', tone = '' } = auditWords(entry);
  const words = html`<span class="what">${what}</span>`;
  const id = `a-${agentId.replace(/\W/g, '-')}-${seq}`;
  const folded = html`<details id="${id}"><summary>${words}</summary><pre tabindex="0">${detail}</pre></details>`;
  const session = sessionId === '' ? '' : html`<a href="${sessionHref(agentId, sessionId)}">${sessionId}</a>`;
  return html`<tr class="tone-${tone}"><td class="number">${count(seq)}</td><td>${second(at, now)}</td>
${isOne ? '' : html`<td><a href="${agentHref(agentId)}">${agentId}</a></td>`}<td>${session}</td><td>${who}</td><td>${detail === '' ? words : folded}</td></tr>`;
}

const headings = ['Entry', 'When', 'Agent', 'Session', 'Who', 'What'];

function links({ agentId, older, isOlder }: AuditView): Html | '' {
  if (older === undefined && !isOlder) return '';
  return html`<nav class="pages" aria-label="Parts of the log">
${isOlder ? html`<a href="${withQuery('/audit', { agent: agentId })}">Newest</a>` : ''}
${older === undefined ? '' : html`<a href="${withQuery('/audit', { agent: agentId, before: older })}">Older</a>`}
</nav>`;
}

export const auditPage: Page<AuditView> = {
  path: '/audit',
  api: '/api/audit',
  read: (source, { query }) => readAudit(source, query),
  title: ({ chains }) => (chains.some(({ broken }) => broken) ? 'An audit log is broken' : 'Audit log'),
  html(view, viewer) {
    const { agentId = '', agents, entries } = view;
    const rows = entries.map((entry) => row(entry, agentId !== '', viewer.now));
    const log = wideTable(
      'Entries',
      headings.filter((heading) => heading !== 'Agent' || agentId === ''),
      rows,
      ['Entry'],
    );
    return liveMain(
      viewer,
      html`<h1>Audit log</h1>${listForm('/audit', agentChoice(agents, agentId))}
${chainSection(view)}
<section aria-labelledby="entries"><h2 id="entries">Who did what, newest first</h2>
${links(view)}${entries.length === 0 ? nothing('There are none here.') : log}${entries.length > 20 ? links(view) : ''}</section>`,
    );
  },
};
