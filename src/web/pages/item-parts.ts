/** What people decide on and what is made: the plan with its approval, the question, the change, its tests and its deployment. */
import { html, raw } from 'hono/html';
import { writeFor } from '../../documents/places.ts';
import type { ItemView } from '../../views/item-view.ts';
import { warningsText } from '../../work-items/second-look.ts';
import type { Html, Viewer } from '../page.ts';
import { badge, diffHref, lasting, momentAndAge, outLink, sha } from './words.ts';

/** Markdown of others as tags and words alone: what `writeFor.html` returns is escaped, and holds no link and no address. */
const prose = (markdown: string): Html => html`<div class="prose">${raw(writeFor.html(markdown))}</div>`;

/** A heading of the platform's, or a block of code, in which the model may begin a line as it likes. */
const codeOrHeading = /^(`{3,})[^`\n]*\n[\s\S]*?^\1`*$|^#### (.+)$/gm;

/** The text that people approve, under its own headings: beside code only the platform writes lines that begin with `#### `. */
function planText(text: string): Html {
  const headings = [...text.matchAll(codeOrHeading)].filter(([, , heading]) => heading !== undefined);
  const lead = text.slice(0, headings[0]?.index);
  const sections = headings.map((match, at) => {
    const words = text.slice(match.index + match[0].length, headings[at + 1]?.index);
    return html`<h3>${match[2]}</h3>${prose(words)}`;
  });
  return html`${lead.trim() === '' ? '' : prose(lead)}${sections}`;
}

export function planSection({ item }: ItemView, now: number): Html | '' {
  const { plan, approval, question } = item ?? {};
  const asked = question
    ? html`<section aria-labelledby="question"><h2 id="question">Question</h2>${prose(question.text)}</section>`
    : '';
  if (!plan) return asked;
  const { posted, stale, text, below = '', hash } = plan;
  const waited = posted && approval ? `, ${lasting(approval.at - posted.at)} after it was posted` : '';
  const approved = approval
    ? html`<p>${badge('Approved', 'good')} by <b>${approval.by.name}</b> ${momentAndAge(approval.at, now)}${waited}</p>`
    : html`<p>${badge('Not approved yet', 'wait')}</p>`;
  return html`${asked}<section class="card" aria-labelledby="plan"><h2 id="plan">Plan <code>${hash.slice(0, 12)}</code></h2>
${posted ? html`<p>Posted ${momentAndAge(posted.at, now)}</p>` : ''}
${approved}
${stale ? html`<p class="fault">It must not be approved any more: ${stale.refusal.why}</p>` : ''}
${planText(`${text}\n\n${below}`)}
</section>`;
}

function testPart({ passed, command, output, seconds }: NonNullable<Commit['tests']>): Html {
  const words =
    command === undefined ? 'There was nothing to run.' : html`<code>${command}</code> in ${Math.round(seconds)} s`;
  return html`<p>${badge(passed ? 'Tests passed' : 'Tests failed', passed ? 'good' : 'bad')} on the host: ${words}</p>
${output.trim() === '' ? '' : html`<details id="tests"><summary>Output of the tests</summary><pre tabindex="0">${output}</pre></details>`}`;
}

type Item = NonNullable<ItemView['item']>;
type Commit = NonNullable<NonNullable<Item['change']>['commit']>;

export function changeSection({ agentId, workItemId, item }: ItemView, { access }: Viewer): Html | '' {
  const { change, review, deployment } = item ?? {};
  if (!change) return '';
  const { branch, commit, pushedSha } = change;
  const warned = warningsText(commit?.warnings ?? [], 'change');
  return html`<section class="card" aria-labelledby="change"><h2 id="change">Change</h2>
<p>Branch <code>${branch}</code>${commit ? html`, commit ${sha(commit.sha)}` : ', no commit yet'}${pushedSha && pushedSha === commit?.sha ? ', pushed' : ''}${pushedSha && access === 'operate' ? html`. <a href="${diffHref(agentId, workItemId)}">The change line by line</a>` : ''}</p>
${commit ? html`<pre class="summary" tabindex="0">${commit.summary}</pre>` : ''}
${commit?.tests ? testPart(commit.tests) : ''}
${warned ? prose(warned) : ''}
${review ? html`<p>${outLink(review.url, `Pull request ${review.number}`)}${review.isClosed ? ', closed without a merge' : ''}</p>` : ''}
${deployment ? html`<p>Merged as ${sha(deployment.mergedSha)}</p>` : ''}
${deployment?.deployedSha ? html`<p>${badge('Verified', 'good')} The instance runs ${sha(deployment.deployedSha)}.</p>` : ''}
</section>`;
}
