/** The endpoints for the conversation on a pull request: reviews, comments, requested reviewers, labels. */
import { Hono } from 'hono';
import { z } from 'zod';
import { toComment, toLabel, toPullRow, toReview, toReviewComment } from './answers.ts';
import { personByLogin } from './hosted.ts';
import { addComment, addReview } from './pull-requests.ts';
import { pullOfPath } from './pull-routes.ts';
import { readBody } from './read-body.ts';
import { refuse } from './refuse.ts';
import { type Api, need, paged } from './transport.ts';

const newReview = z.object({
  event: z.enum(['APPROVE', 'REQUEST_CHANGES', 'COMMENT']),
  body: z.string().default(''),
  comments: z.array(z.object({ path: z.string(), line: z.int().default(1), body: z.string() })).default([]),
});
const newComment = z.object({ body: z.string() });
const reviewersBody = z.object({ reviewers: z.array(z.string()).default([]) });
const labelsBody = z.object({ labels: z.array(z.string()) });

function reviewRoutes(app: Hono<Api>): void {
  app.get('/pulls/:number/reviews', async (c) => {
    const pull = await pullOfPath(c);
    return paged(
      c,
      pull.reviews.map((review) => toReview(c.get('view'), pull.number, review)),
    );
  });
  app.post('/pulls/:number/reviews', async (c) => {
    need(c, 'pullRequests', 'write');
    const pull = await pullOfPath(c);
    const wanted = await readBody(c, newReview, 'PullRequestReview');
    const review = addReview(c.get('view').hosted, pull, c.get('person'), wanted);
    return c.json(toReview(c.get('view'), pull.number, review));
  });
  app.get('/pulls/:number/comments', async (c) => {
    const pull = await pullOfPath(c);
    return paged(
      c,
      pull.reviewComments.map((comment) => toReviewComment(c.get('view'), pull.number, comment)),
    );
  });
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
    const { reviewers } = await readBody(c, reviewersBody, 'PullRequest');
    const { hosted } = c.get('view');
    if (reviewers.includes(pull.author)) refuse(422, 'Review cannot be requested from pull request author.');
    const unknown = reviewers.find((login) => !personByLogin(hosted, login));
    if (unknown !== undefined) {
      refuse(
        422,
        `Reviews may only be requested from collaborators. ${unknown} is not a collaborator of ${hosted.fullName}.`,
      );
    }
    pull.reviewers = [...new Set([...pull.reviewers, ...reviewers])];
    return c.json(toPullRow(c.get('view'), pull, null), 201);
  });
  app.delete(path, async (c) => {
    need(c, 'pullRequests', 'write');
    const pull = await pullOfPath(c);
    const { reviewers } = await readBody(c, reviewersBody, 'PullRequest');
    pull.reviewers = pull.reviewers.filter((login) => !reviewers.includes(login));
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
  for (const add of [reviewRoutes, commentRoutes, reviewerRoutes, labelRoutes]) add(app);
  return app;
}
