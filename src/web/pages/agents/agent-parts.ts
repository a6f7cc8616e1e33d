/** Parts of an agent's page: its money, what is held for trust, what it proposes, and what it is given. */
import { html } from 'hono/html';
import type { AgentView, Budget } from '../../../views/agent-view.ts';
import type { Html } from '../../page.ts';
import { wideTable } from '../list-parts.ts';
import { agentHref, badge, codeText, lasting, moment, sessionHref, usd } from '../words.ts';

/** What is used of a limit, as a bar and in words. */
export function moneyMeter(label: string, { usd: used, usdMax }: Omit<Budget, 'agentId'>): Html {
  const max = Math.max(usdMax, 0.01);
  return html`<meter min="0" max="${max}" high="${max * 0.8}" optimum="0" value="${Math.min(used, max)}" aria-label="${label}"></meter> ${usd(used)} of ${usd(usdMax)}`;
}

export function moneySection({ id, budgets }: AgentView): Html {
  const rows = budgets.map(({ agentId, ...budget }) => {
    const whose = agentId === id ? 'This agent' : `${agentId} and all agents below it`;
    return html`<p>${moneyMeter(`Spent today by ${agentId}`, budget)} <span class="quiet">${whose}, today (UTC)</span></p>`;
  });
  return html`<section aria-labelledby="money"><h2 id="money">Budget</h2>${rows}</section>`;
}

const tones: Readonly<Record<string, string>> = { '+': 'good', '-': 'bad' };

/** A sign begins each line, so that colour says nothing alone. */
function difference({ name, how, lines }: AgentView['held'][number]): Html {
  const shown = lines?.map((line) => html`<span class="${tones[line.charAt(0)] ?? 'quiet'}">${line}</span>\n`);
  const body = shown
    ? html`<pre tabindex="0">${shown}</pre>`
    : html`<p>It changed in too many lines to be shown here. The command shows all of them.</p>`;
  return html`<details open id="held-${name.replace(/\W+/g, '-')}"><summary>${name}${how === 'changed' ? '' : ` (${how})`}</summary>${body}</details>`;
}

/** Only a person at the terminal trusts: a page cannot. */
export function heldSection({ id, held }: AgentView): Html | '' {
  if (held.length === 0) return '';
  return html`<section class="card need" aria-labelledby="held"><h2 id="held">Held: its configuration changed ${badge(`${held.length} changed`, 'wait')}</h2>
<p>No turn begins until a person trusts it. Read what changed, and run <code>jvagent trust ${id}</code>, or undo it in its files.</p>
${held.map(difference)}</section>`;
}

function proposal(agentId: string, one: AgentView['proposals'][number], now: number): Html {
  const { id, sessionId, request, changes, why, at, expiresAt } = one;
  return html`<li><h3>${request}</h3>
<pre tabindex="0">${changes.join('\n')}</pre>
<p>Why, in the words of the agent: ${why}</p>
<p><b>Do:</b> <code>jvagent confirm ${agentId} ${id}</code> or <code>jvagent decline ${agentId} ${id}</code></p>
<p class="small quiet">Proposed ${lasting(now - at)} ago, open until ${moment(expiresAt, now)}, from <a href="${sessionHref(agentId, sessionId)}">${sessionId}</a></p></li>`;
}

export function proposalSection({ id, proposals }: AgentView, now: number): Html | '' {
  if (proposals.length === 0) return '';
  return html`<section class="card need" aria-labelledby="proposals"><h2 id="proposals">Proposed changes of its instance ${badge(`${proposals.length} to confirm`, 'wait')}</h2>
<p>Nothing is sent before a person confirms it.</p>
<ul role="list">${proposals.map((one) => proposal(id, one, now))}</ul></section>`;
}

const kinds = { instructions: 'Instructions', model: 'Model', prompt: 'Text', tool: 'Tool', limit: 'Limit' };

export function givenSection({ id, given, above, below }: AgentView): Html {
  const whose = (from: string) => {
    if (from === id) return 'its own files';
    if (from === 'platform') return "the platform's default";
    if (from === 'workspace') return 'the workspace';
    return above.includes(from) ? html`<a href="${agentHref(from)}">${from}</a>` : from;
  };
  const rows = given.map(
    ({ kind, name, value, from }) =>
      html`<tr><td>${kinds[kind]}</td><th scope="row">${name}</th><td>${value}</td><td>${whose(from)}</td></tr>`,
  );
  const names = (ids: readonly string[]) => ids.map((one) => html`<a href="${agentHref(one)}">${one}</a> `);
  return html`<section aria-labelledby="given"><h2 id="given">What it is given, and by whom</h2>
${above.length === 0 ? '' : html`<p class="links">Inherits from ${names(above)}</p>`}
${below.length === 0 ? '' : html`<p class="links">Its files are inherited by ${names(below)}</p>`}
${given.length === 0 ? '' : wideTable('What it is given', ['What', 'Name', 'Value', 'From'], rows)}</section>`;
}

export function namedSection(at: string, heading: string, entries: AgentView['reach']): Html | '' {
  if (entries.length === 0) return '';
  return html`<section aria-labelledby="${at}"><h2 id="${at}">${heading}</h2>
<dl>${entries.map(({ name, values }) => html`<div><dt>${name}</dt>${values.map((value) => html`<dd>${codeText(value)}</dd>`)}</div>`)}</dl></section>`;
}
