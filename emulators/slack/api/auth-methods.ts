/** Who a token is, and the way to Socket Mode. */
import { z } from 'zod';
import { teamOf, userOf } from '../state.ts';
import { type Method, method, refuse } from './method.ts';

export const authMethods: Record<string, Method> = {
  'auth.test': method('', z.object({}), ({ state, app }) => {
    const team = teamOf(state, app.team);
    return {
      url: `https://${team.domain}.slack.com/`,
      team: team.name,
      user: userOf(state, app.botUser).name,
      team_id: team.id,
      user_id: app.botUser,
      bot_id: app.botId,
      app_id: app.id,
      is_enterprise_install: false,
    };
  }),
  'apps.connections.open': {
    ...method('', z.object({}), ({ socket, app }) => ({ url: socket.open(app) ?? refuse('too_many_websockets') })),
    token: 'app',
  },
};
