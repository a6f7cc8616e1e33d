/** People and bots of a workspace. */
import { z } from 'zod';
import type { SlackApp, SlackUser } from '../model.ts';
import { appOfBot, type State } from '../state.ts';
import { arg, type Call, type Method, method, refuse } from './method.ts';
import { pageOf, pageSchema } from './paging.ts';

function profileOf(user: SlackUser, { scopes }: SlackApp, state: State): Record<string, unknown> {
  const app = appOfBot(state, user.id);
  return {
    real_name: user.realName,
    real_name_normalized: user.realName,
    display_name: user.name,
    display_name_normalized: user.name,
    team: user.team,
    ...(user.mail && scopes.includes('users:read.email') && { email: user.mail }),
    ...(app && { api_app_id: app.id, bot_id: app.botId }),
  };
}

/** The user as the app sees it. */
function userView(user: SlackUser, app: SlackApp, state: State): Record<string, unknown> {
  const view = {
    id: user.id,
    team_id: user.team,
    name: user.name,
    deleted: user.isDeleted ?? false,
    real_name: user.realName,
    profile: profileOf(user, app, state),
    is_bot: user.isBot ?? false,
    updated: 1_700_000_000,
    is_app_user: false,
  };
  if (user.isDeleted) return view;
  return {
    ...view,
    tz: 'Etc/UTC',
    tz_label: 'UTC',
    tz_offset: 0,
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: Boolean(user.isRestricted || user.isUltraRestricted),
    is_ultra_restricted: user.isUltraRestricted ?? false,
    ...(user.isStranger && { is_stranger: true }),
    is_email_confirmed: !user.isBot,
  };
}

/** People of the workspace, and those of others in its shared channels. */
function known({ state, app }: Pick<Call<unknown>, 'state' | 'app'>): SlackUser[] {
  const shared = state.channels.filter(({ team, isExtShared }) => team === app.team && isExtShared);
  return state.users.filter(({ id, team }) => team === app.team || shared.some(({ members }) => members.has(id)));
}

export const userMethods: Record<string, Method> = {
  'users.info': method('users:read', z.object({ user: arg.text }), (call) => {
    const user = known(call).find(({ id }) => id === call.args.user) ?? refuse('user_not_found');
    return { user: userView(user, call.app, call.state) };
  }),
  'users.list': method('users:read', pageSchema, (call) => {
    const { items, next } = pageOf(
      known(call).filter(({ isStranger }) => !isStranger),
      call.args,
      1_000,
    );
    const members = items.map((user) => userView(user, call.app, call.state));
    return { members, cache_ts: 1_700_000_000, response_metadata: { next_cursor: next } };
  }),
  'users.lookupByEmail': method('users:read.email', z.object({ email: arg.text }), (call) => {
    const wanted = call.args.email.toLowerCase();
    const own = known(call).filter(({ team, isDeleted }) => team === call.app.team && !isDeleted);
    const user = own.find(({ mail }) => mail === wanted) ?? refuse('users_not_found');
    return { user: userView(user, call.app, call.state) };
  }),
};
