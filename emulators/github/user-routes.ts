/** The endpoints about the owner of a token: who it is, and which repositories the token was given. */
import { Hono } from 'hono';
import { toRepository, toUser } from './answers.ts';
import type { Hosted } from './hosted.ts';
import { type Api, paged } from './transport.ts';

/** Mounted under `/user`. A token sees the repositories of its own tenant only. */
export function userRoutes(hosted: readonly Hosted[]): Hono<Api> {
  const app = new Hono<Api>();
  app.get('/', (c) => {
    const { login, name, email } = c.get('person');
    return c.json({ ...toUser(login, new URL(c.req.url).origin), name, email });
  });
  app.get('/repos', async (c) => {
    const person = c.get('person');
    const { origin } = new URL(c.req.url);
    const seen = hosted.filter(
      ({ tenant }) => Object.values(tenant.people).includes(person) && person.contents !== 'none',
    );
    const views = seen.map(async (one) => ({ origin, hosted: one, defaultBranch: await one.git.defaultBranch() }));
    const rows = (await Promise.all(views)).map((view) => toRepository(view, person));
    return paged(c, rows);
  });
  return app;
}
