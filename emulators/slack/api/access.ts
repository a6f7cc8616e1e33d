/** Whose token a request carries. */
import type { SlackApp } from '../model.ts';
import type { State } from '../state.ts';
import { type Method, refuse } from './method.ts';

/** The app whose token this is, or why not. */
export function appOfToken(state: State, token: string | undefined): { app: SlackApp; kind: Method['token'] } {
  if (!token) return refuse('not_authed');
  const app = state.apps.find(({ botToken, appToken }) => botToken === token || appToken === token);
  if (!app) return refuse('invalid_auth');
  const why = state.dead.get(app.name);
  if (why) return refuse(why);
  return { app, kind: app.botToken === token ? 'bot' : 'app' };
}

export const bearer = (header: string | undefined): string | undefined => /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
