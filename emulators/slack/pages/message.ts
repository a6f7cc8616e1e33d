/** One message as a person sees it: who, when, words, files, reactions, buttons, and what can be done. */
import { html } from 'hono/html';
import type { Channel } from '../model.ts';
import type { Seen } from '../person.ts';
import type { State } from '../state.ts';
import { blocksMarkup } from './blocks.ts';
import { type Markup, mrkdwn, nameOf } from './words.ts';

const emoji: Record<string, string> = { eyes: '👀', '+1': '👍', x: '❌', white_check_mark: '✅', octagonal_sign: '🛑' };
const offered = ['eyes', '+1', 'x'];

export const placePath = (channel: string, thread?: string): string => `/c/${channel}${thread ? `/t/${thread}` : ''}`;

function timeMarkup(ts: string): Markup {
  const iso = new Date(Number(ts) * 1000).toISOString();
  return html`<time datetime="${iso}">${iso.slice(11, 19)} UTC</time>`;
}

function filesMarkup({ files = [] }: Seen): Markup[] {
  return files.map(
    (file) => html`<p>📎 <a href="${new URL(file.url_private).pathname}">${file.title}</a>
      <span class="quiet">${file.name}, ${file.size} bytes</span></p>`,
  );
}

function reactionsMarkup({ ts, reactions = [] }: Seen, channel: Channel): Markup {
  const given = reactions.map(
    ({ name, count }) => html`<span title="${name}">${emoji[name] ?? `:${name}:`} ${count}</span>`,
  );
  const buttons = offered.map(
    (name) =>
      html`<button class="small" name="name" value="${name}" aria-label="React with ${name}">${emoji[name]}</button>`,
  );
  return html`<div class="row">${given}
    <form method="post" action="/c/${channel.id}/m/${ts}/react">${buttons}</form></div>`;
}

/** The message in the list of its channel, or of its thread. */
export function messageMarkup(state: State, channel: Channel, message: Seen, inThread: boolean): Markup {
  const { ts, user, text, blocks = [], isEphemeral, subtype, thread_ts } = message;
  const shown = blocks.filter(({ type }) => type !== 'rich_text');
  const author = state.users.find(({ id }) => id === user);
  const thread = thread_ts ?? ts;
  const count = channel.messages.filter((each) => each.thread_ts === ts && each.ts !== ts).length;
  const words = shown.length > 0 ? blocksMarkup(state, shown, `/c/${channel.id}/m/${ts}/click`) : mrkdwn(state, text);
  const edited = 'edited' in message ? html` <span class="quiet">(edited)</span>` : '';
  const link = inThread
    ? ''
    : html`<a href="${placePath(channel.id, thread)}">${count > 0 ? `${count} ${count === 1 ? 'reply' : 'replies'}` : 'Reply in thread'}</a>`;
  return html`<li id="m${ts}" class="${isEphemeral ? 'secret' : ''}">
    <strong>${nameOf(state, user)}</strong>${author?.isBot ? html` <span class="quiet">app</span>` : ''} ${timeMarkup(ts)}
    ${isEphemeral ? html`<span class="quiet">Only you see this.</span>` : ''}
    ${words}${edited}${filesMarkup(message)}
    ${isEphemeral || subtype === 'tombstone' ? '' : html`<div class="row">${reactionsMarkup(message, channel)}${link}</div>`}
  </li>`;
}
