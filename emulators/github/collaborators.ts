/** The endpoint that returns a person's permission for a repository; only people with push access can use it. */
import { Hono } from 'hono';
import { toUser } from './answers.ts';
import { personByLogin } from './hosted.ts';
import { refuse } from './refuse.ts';
import type { Api } from './transport.ts';

/** Mounted under `/repos/:owner/:repo`. */
export function collaboratorRoutes(): Hono<Api> {
  const app = new Hono<Api>();
  app.get('/collaborators/:login/permission', (c) => {
    const { hosted, origin } = c.get('view');
    if (c.get('person').contents !== 'write') refuse(403, 'Must have push access to view collaborator permission.');
    const login = c.req.param('login');
    const person = personByLogin(hosted, login) ?? refuse(404, `${login} is not a user`);
    const { contents: permission } = person;
    return c.json({ permission, role_name: permission, user: toUser(person.login, origin) });
  });
  return app;
}
