/** The frame of every page: who acts, the channels they are in, and the content. */
import { html } from 'hono/html';
import type { Channel, SlackUser } from '../model.ts';
import { type State, teamOf } from '../state.ts';
import { placePath } from './message.ts';
import { peopleOf } from './visitor.ts';
import { type Markup, nameOf } from './words.ts';

/** The name of a channel for a person: `#docs`, or with whom the direct messages are. */
export function titleOf(state: State, channel: Channel, user: SlackUser): string {
  if (channel.kind !== 'im') return `#${channel.name}`;
  return nameOf(state, [...channel.members].find((id) => id !== user.id) ?? '');
}

function actingForm(state: State, acting: SlackUser): Markup {
  const options = peopleOf(state).map(({ id, realName, name, team, isRestricted, isStranger }) => {
    const kind = isRestricted ? ', guest' : isStranger ? ', of another workspace' : '';
    const label = `${realName} (${name}${kind}) · ${teamOf(state, team).name}`;
    return html`<option value="${id}" ${id === acting.id ? 'selected' : ''}>${label}</option>`;
  });
  return html`<form class="row" method="post" action="/acting">
    <label for="person">You are</label><select id="person" name="person">${options}</select><button>Switch</button>
  </form>`;
}

function places(state: State, acting: SlackUser, here: string): Markup {
  const mine = state.channels.filter(({ members }) => members.has(acting.id));
  const link = (channel: Channel) => {
    const current = channel.id === here ? 'page' : undefined;
    const name = titleOf(state, channel, acting);
    const path = placePath(channel.id);
    return html`<li>${current ? html`<a href="${path}" aria-current="page">${name}</a>` : html`<a href="${path}">${name}</a>`}</li>`;
  };
  const bots = state.apps.filter(({ team, events }) => team === acting.team && events.length > 0);
  return html`<nav id="places" aria-label="Channels">
    <h2>Channels</h2><ul>${mine.filter(({ kind }) => kind !== 'im').map(link)}</ul>
    <h2>Direct messages</h2><ul>${mine.filter(({ kind }) => kind === 'im').map(link)}
    ${bots.map((app) => html`<li><a href="/dm/${app.name}">Write to ${app.title}</a></li>`)}</ul>
  </nav>`;
}

/** A whole page; `here` is the id of its channel. */
export function page(state: State, acting: SlackUser, title: string, here: string, content: Markup): Markup {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Slack emulator</title>
<link rel="stylesheet" href="/_style.css">
<link rel="icon" href="data:,">
<script src="/_page.js" defer></script>
</head>
<body>
<header><strong>${teamOf(state, acting.team).name}</strong>${actingForm(state, acting)}</header>
${places(state, acting, here)}
<main>${content}</main>
</body>
</html>`;
}
