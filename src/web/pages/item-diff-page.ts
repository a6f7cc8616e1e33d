/** The page of a work item's change: each file with its removed and added lines. */
import { html } from 'hono/html';
import { unveiled } from '../../base/text/characters.ts';
import type { ShownFile } from '../../git/shown-change.ts';
import { type DiffView, readDiff } from '../../views/diff-view.ts';
import type { Html, Page } from '../page.ts';
import { agentHref, badge, itemHref, outLink, sha } from './words.ts';

type Sign = '+' | '-' | '';
const signOf = (line: string): Sign => (line.startsWith('+') ? '+' : line.startsWith('-') ? '-' : '');

/** Where every line ends as on Windows, its end says nothing. */
function plainEnds(lines: readonly string[]): readonly string[] {
  const ofFile = lines.filter((line) => /^[-+ ]/.test(line));
  return ofFile.every((line) => line.endsWith('\r')) ? lines.map((line) => line.replace(/\r$/, '')) : lines;
}

/** Lines of one kind that follow each other are one element. */
function patch(text: string): Html[] {
  const runs: { sign: Sign; lines: string[] }[] = [];
  for (const line of plainEnds(text.split('\n'))) {
    const [sign, last] = [signOf(line), runs.at(-1)];
    if (last?.sign === sign) last.lines.push(unveiled(line));
    else runs.push({ sign, lines: [unveiled(line)] });
  }
  return runs.map(({ sign, lines }) => {
    const words = lines.join('\n');
    return sign === '+' ? html`<ins>${words}</ins>\n` : sign === '-' ? html`<del>${words}</del>\n` : html`${words}\n`;
  });
}

const how = { added: 'new', deleted: 'removed', modified: 'changed', 'type-changed': 'became a file of another type' };

function fileSection({ path, status, added, removed, binary, lines, cut }: ShownFile, at: number): Html {
  const counts = binary ? 'binary, its content is not shown' : `+${added} -${removed}`;
  return html`<section class="card" aria-labelledby="f${at}"><h2 id="f${at}"><code>${unveiled(path)}</code></h2>
<p class="small">${how[status]}, ${counts}</p>
${lines === '' ? '' : html`<pre class="diff" tabindex="0" aria-labelledby="f${at}">${patch(lines)}</pre>`}
${cut ? html`<p>${badge('Not all of it', 'wait')} Lines of this file are left out here. The pull request has them.</p>` : ''}
</section>`;
}

function changeParts({ sha: commit, change }: DiffView): Html {
  if (commit === undefined)
    return html`<p>Nothing is pushed yet. The change is shown here once it is on its branch.</p>`;
  if (!change) {
    return html`<p>This machine has no copy of the commit ${sha(commit)} to compare. The pull request or the code host shows it.</p>`;
  }
  const { base, files, more } = change;
  return html`<p>Commit ${sha(commit)} compared with ${sha(base)}. Files: ${files.length + more}. It stands here as in the repository: secrets in it are not hidden.</p>
${files.map(fileSection)}
${more === 0 ? '' : html`<p>${badge('Not all of it', 'wait')} Files that are left out here: ${more}. The pull request has them.</p>`}`;
}

function content(view: DiffView): Html {
  const { agentId, workItemId, title, pullRequest } = view;
  return html`<p class="where small"><a href="/items">Work items</a> / <a href="${agentHref(agentId)}">${agentId}</a> / <a href="${itemHref(agentId, workItemId)}">${workItemId}</a></p>
<h1>Change for ${workItemId} ${title}</h1>
<p class="links">${outLink(pullRequest, 'Pull request')}</p>
${changeParts(view)}`;
}

/** A commit never changes, so the page stays as it was loaded. */
export const itemDiffPage: Page<DiffView> = {
  path: '/items/:agent{.+}/:item{[0-9]+}/diff',
  api: '/api/items/:agent{.+}/:item{[0-9]+}/diff',
  isForOperators: true,
  read: (source, { params }) => readDiff(source, params.agent ?? '', Number(params.item)),
  title: ({ workItemId, title }) => `Change for ${workItemId}: ${title}`,
  html: (view) => html`<main id="main" tabindex="-1">${content(view)}</main>`,
};
