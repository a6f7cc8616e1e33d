/** Entries of a session's log as lines, in the words that the terminal has too; what a tool was asked and answered is folded. */
import { html } from 'hono/html';
import { startOf } from '../../documents/cut.ts';
import { limits } from '../../limits.ts';
import type { LogEntry } from '../../store/session-log.ts';
import { type Words, wordsOf } from '../../views/log/entry-words.ts';
import type { Html } from '../page.ts';
import { second } from './words.ts';

const charsOnLine = 400;

/** Who, what and, folded, what more there is. `key` names the line among its neighbours. */
export function line(
  { who, what, detail = '', tone = '' }: Words | (Omit<Words, 'tone'> & { tone?: '' }),
  at: Html,
  key: string,
): Html {
  const first = what.length > charsOnLine ? `${what.slice(0, charsOnLine)}...` : what;
  const all = [what.length > charsOnLine ? what : '', detail.trim()].filter(Boolean).join('\n\n');
  const rest = all.length - limits.logDetailCharsMax;
  const cut = rest > 0 ? `\n... ${rest.toLocaleString('en-US')} more characters: jvagent show --full` : '';
  const more = `${startOf(all, limits.logDetailCharsMax)}${cut}`;
  const head = html`${at} <b>${who}</b> <span class="what">${first}</span>`;
  return html`<li class="line tone-${tone}" id="${key}">${
    more === ''
      ? head
      : html`<details id="${key}-more"><summary>${head}</summary><pre tabindex="0">${more}</pre></details>`
  }</li>`;
}

/** A tool's call with what it was given in full. */
function withInput({ kind, input }: LogEntry, words: Words): Words {
  if (kind !== 'tool-call' || input === undefined || words.detail) return words;
  return { ...words, detail: JSON.stringify(input, null, 2) };
}

export function logLines(log: readonly LogEntry[], now: number): Html {
  const lines = log.flatMap((entry, at) => {
    const words = wordsOf(entry);
    return words ? [line(withInput(entry, words), second(entry.at, now), `e${entry.at}-${at}`)] : [];
  });
  return html`<ol class="log" role="list">${lines}</ol>`;
}

/** Without what is folded: for a glance. */
export function glance(log: readonly LogEntry[], now: number): Html {
  const lines = log.flatMap((entry) => {
    const words = wordsOf(entry);
    if (!words) return [];
    return [html`<li>${second(entry.at, now)} <b>${words.who}</b> ${words.what.slice(0, charsOnLine)}</li>`];
  });
  return html`<ol class="glance" role="list">${lines}</ol>`;
}
