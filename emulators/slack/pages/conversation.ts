/** A channel or a thread: what was said, what agents are doing, and the form to say something. */
import { html } from 'hono/html';
import type { Channel } from '../model.ts';
import type { SlackPerson } from '../person.ts';
import type { State } from '../state.ts';
import { titleOf } from './layout.ts';
import { messageMarkup, placePath } from './message.ts';
import type { Markup } from './words.ts';

/** What agents say of their work in a thread, with Slack's own stop button. */
function working(state: State, channel: Channel, thread: string | undefined): Markup[] {
  const sessions = [...state.sessions.values()].filter((each) => each.channel === channel.id && each.thread === thread);
  return sessions.map(({ line, status = '', title }) => {
    const isBusy = status === 'processing' || line !== '';
    const stop = html`<form method="post" action="${placePath(channel.id, thread)}/stop">
      <button class="small danger">Stop</button></form>`;
    return html`<div class="row"><span class="working">${[title, line || status].filter(Boolean).join(': ')}</span>
      ${isBusy ? stop : ''}</div>`;
  });
}

function sayForm(person: SlackPerson, channel: Channel, thread: string | undefined): Markup {
  if (channel.isArchived) return html`<p class="quiet">This channel is archived.</p>`;
  const action = `${placePath(channel.id, thread)}/say`;
  return html`<form class="stack" method="post" action="${action}" enctype="multipart/form-data">
    <label for="text">Message as ${person.user.realName}</label>
    <textarea id="text" name="text" aria-describedby="how"></textarea>
    <p id="how" class="quiet">@agent mentions the agent. Ctrl+Enter sends.</p>
    <label for="files">Files</label><input id="files" type="file" name="files" multiple>
    <button class="primary">Send</button>
  </form>`;
}

/** The channel as this person sees it, or one of its threads. */
export function conversation(state: State, person: SlackPerson, channel: Channel, thread: string | undefined): Markup {
  const title = titleOf(state, channel, person.user);
  const rows = person.messages(channel.id, thread === undefined ? {} : { thread });
  const back = thread ? html`<p><a href="${placePath(channel.id)}">Back to ${title}</a></p>` : '';
  return html`<h1>${thread ? `Thread in ${title}` : title}</h1>${back}
    <div id="live" role="log" aria-label="Messages">
      <ol class="messages">
        ${rows.map((row) => messageMarkup(state, channel, row, thread !== undefined))}</ol>
      ${working(state, channel, thread)}
    </div>
    ${sayForm(person, channel, thread)}`;
}
