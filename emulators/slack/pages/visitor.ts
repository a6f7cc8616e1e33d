/** As whom a browser acts. */
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { SlackUser } from '../model.ts';
import type { State } from '../state.ts';

const cookie = 'slack-person';

/** Whom a visitor may act as. */
export const peopleOf = (state: State): SlackUser[] =>
  state.users.filter(({ isBot, isDeleted }) => !isBot && !isDeleted);

/** The person that the visitor chose, or the first. */
export function visitorIn(state: State, c: Context): SlackUser {
  const people = peopleOf(state);
  const chosen = people.find(({ id }) => id === getCookie(c, cookie)) ?? people[0];
  if (!chosen) throw new Error('nobody is here');
  return chosen;
}

export function rememberVisitor(c: Context, id: string): void {
  setCookie(c, cookie, id, { path: '/', httpOnly: true, sameSite: 'Lax' });
}
