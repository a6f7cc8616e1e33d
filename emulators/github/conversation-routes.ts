/** The endpoints for the conversation on a pull request: comments, requested reviewers, labels. */
import { Hono } from 'hono';
import { z } from 'zod';
import { toComment, toLabel, toPullRow } from './answers.ts';
import { type Comment, type PullRequest, personByLogin } from './hosted.ts';
import { addComment, listPulls } from './pull-requests.ts';
import { pullOfPath } from './pull-routes.ts';
import { readBody } from './read-body.ts';
import { refuse } from './refuse.ts';
import { type Api, type ApiContext, need, paged } from './transport.ts';

const newComment = z.object({ body: z.string() });
const reviewersBody = z.object({
  reviewers: z.array(z.string()).default([]),
  team_reviewers: z.array(z.string()).default([]),
});
const labelsBody = z.object({ labels: z.array(z.string()) });

async function commentOf(c: ApiContext): Promise<{ pull: PullRequest; comment: Comment }> {
  for (const pull of await listPulls(c.get('view').hosted)) {
    const comment = pull.comments.find(({ id }) => id === Number(c.req.param('id')));
    if (comment) return { pull, comment };
  }
  return refuse(404, 'Not Found');
}

function commentRoutes(app: Hono<Api>): void {
  app.get('/issues/:number/comments', async (c) => {
    const pull = await pullOfPath(c);
    return paged(
      c,
      pull.comments.map((comment) => toComment(c.get('view'), pull.number, comment)),
    );
  });
  app.post('/issues/:number/comments', async (c) => {
    need(c, 'pullRequests', 'write');
    const pull = await pullOfPath(c);
    const { body } = await readBody(c, newComment, 'IssueComment');
    const comment = addComment(c.get('view').hosted, pull, c.get('person'), body);
    return c.json(toComment(c.get('view'), pull.number, comment), 201);
  });
  app.get('/issues/comments/:id', async (c) => {
    const { pull, comment } = await commentOf(c);
    return c.json(toComment(c.get('view'), pull.number, comment));
  });
  app.patch('/issues/comments/:id', async (c) => {
    need(c, 'pullRequests', 'write');
    const { pull, comment } = await commentOf(c);
    if (comment.author !== c.get('person').login) need(c, 'contents', 'write');
    comment.body = (await readBody(c, newComment, 'IssueComment')).body;
    return c.json(toComment(c.get('view'), pull.number, comment));
  });
  app.delete('/issues/comments/:id', async (c) => {
    need(c, 'pullRequests', 'write');
    const { pull, comment } = await commentOf(c);
    if (comment.author !== c.get('person').login) need(c, 'contents', 'write');
    pull.comments = pull.comments.filter((each) => each !== comment);
    return c.body(null, 204);
  });
}

function reviewerRoutes(app: Hono<Api>): void {
  const path = '/pulls/:number/requested_reviewers';
  app.get(path, async (c) => {
    const row = toPullRow(c.get('view'), await pullOfPath(c), null);
    return c.json({ users: row.requested_reviewers, teams: row.requested_teams });
  });
  app.post(path, async (c) => {
    need(c, 'pullRequests', 'write');
    const pull = await pullOfPath(c);
    const { reviewers, team_reviewers: teams } = await readBody(c, reviewersBody, 'PullRequest');
    const { hosted } = c.get('view');
    if (reviewers.includes(pull.author)) refuse(422, 'Review cannot be requested from pull request author.');
    const unknown = reviewers.find((login) => !personByLogin(hosted, login));
    if (unknown !== undefined) {
      refuse(
        422,
        `Reviews may only be requested from collaborators. ${unknown} is not a collaborator of ${hosted.fullName}.`,
      );
    }
    const unknownTeam = teams.find((slug) => !hosted.tenant.teams?.includes(slug));
    if (unknownTeam !== undefined) {
      refuse(
        422,
        `Reviews may only be requested from collaborators. One or more of the teams you specified is not a collaborator of the ${hosted.fullName} repository.`,
      );
    }
    pull.reviewers = [...new Set([...pull.reviewers, ...reviewers])];
    pull.teams = [...new Set([...pull.teams, ...teams])];
    return c.json(toPullRow(c.get('view'), pull, null), 201);
  });
  app.delete(path, async (c) => {
    need(c, 'pullRequests', 'write');
    const pull = await pullOfPath(c);
    const { reviewers, team_reviewers: teams } = await readBody(c, reviewersBody, 'PullRequest');
    pull.reviewers = pull.reviewers.filter((login) => !reviewers.includes(login));
    pull.teams = pull.teams.filter((slug) => !teams.includes(slug));
    return c.json(toPullRow(c.get('view'), pull, null));
  });
}

function labelRoutes(app: Hono<Api>): void {
  const path = '/issues/:number/labels';
  app.get(path, async (c) => paged(c, (await pullOfPath(c)).labels.map(toLabel)));
  app.post(path, async (c) => {
    need(c, 'pullRequests', 'write');
    const pull = await pullOfPath(c);
    const { labels } = await readBody(c, labelsBody, 'Label');
    pull.labels = [...new Set([...pull.labels, ...labels])];
    return c.json(pull.labels.map(toLabel));
  });
  app.put(path, async (c) => {
    need(c, 'pullRequests', 'write');
    const pull = await pullOfPath(c);
    pull.labels = [...new Set((await readBody(c, labelsBody, 'Label')).labels)];
    return c.json(pull.labels.map(toLabel));
  });
  app.delete(path, async (c) => {
    need(c, 'pullRequests', 'write');
    (await pullOfPath(c)).labels = [];
    return c.body(null, 204);
  });
  app.delete(`${path}/:name`, async (c) => {
    need(c, 'pullRequests', 'write');
    const pull = await pullOfPath(c);
    if (!pull.labels.includes(c.req.param('name'))) refuse(404, 'Label does not exist');
    pull.labels = pull.labels.filter((label) => label !== c.req.param('name'));
    return c.json(pull.labels.map(toLabel));
  });
}

/** Mounted under `/repos/:owner/:repo`. */
export function conversationRoutes(): Hono<Api> {
  const app = new Hono<Api>();
  for (const add of [commentRoutes, reviewerRoutes, labelRoutes]) add(app);
  return app;
}
