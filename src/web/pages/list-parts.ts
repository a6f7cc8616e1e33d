/** What lists share: choices that filter them, and links to their pages. */
import { html } from 'hono/html';
import type { SessionListView } from '../../views/session-list.ts';
import type { Html } from '../page.ts';
import { withQuery } from './words.ts';

/** One choice with all as its first. */
export function choice(
  name: string,
  label: string,
  chosen: string,
  values: readonly (readonly [string, string])[],
): Html {
  const options = values.map(
    ([value, words]) => html`<option value="${value}" ${value === chosen ? 'selected' : ''}>${words}</option>`,
  );
  return html`<label>${label} <select name="${name}"><option value="">All</option>${options}</select></label>`;
}

/** All agents, or one. */
export const agentChoice = (agents: readonly string[], chosen = '', label = 'Agent'): Html =>
  choice(
    'agent',
    label,
    chosen,
    agents.map((id) => [id, id] as const),
  );

export const listForm = (action: string, choices: Html): Html =>
  html`<form class="filter" method="get" action="${action}">${choices}<button>Show</button></form>`;

/** A table that can be wider than the page. Under the headings of `numbers` stand numbers. */
export function wideTable(
  label: string,
  headings: readonly string[],
  rows: readonly Html[],
  numbers: readonly string[] = [],
): Html {
  const head = headings.map(
    (heading) => html`<th scope="col" class="${numbers.includes(heading) ? 'number' : ''}">${heading}</th>`,
  );
  return html`<div class="wide" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${head}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** Nothing where all of it is on one page. */
export function pageLinks(
  path: string,
  { agentId, phase, page, pages, total }: Pick<SessionListView, 'agentId' | 'phase' | 'page' | 'pages' | 'total'>,
): Html | '' {
  if (pages === 1) return '';
  const to = (at: number) => withQuery(path, { agent: agentId, phase, page: at });
  return html`<nav class="pages" aria-label="Pages of the list">
${page > 1 ? html`<a href="${to(page - 1)}">Newer</a>` : ''}
<span>Page ${page} of ${pages}, ${total.toLocaleString('en-US')} in all</span>
${page < pages ? html`<a href="${to(page + 1)}">Older</a>` : ''}
</nav>`;
}
