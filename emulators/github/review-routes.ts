/** The endpoints of reviews and their comments; a pending review exists only for its author. */
import { Hono } from 'hono';
import { z } from 'zod';
import { toReview, toReviewComment } from './answers.ts';
import { type PullRequest, type Review, reviewCommentsSeenBy, reviewsSeenBy } from './hosted.ts';
import { pullOfPath } from './pull-routes.ts';
import { readBody } from './read-body.ts';
import { addReview, deleteReview, dismissReview, findReview, submitReview } from './reviews.ts';
import { type Api, type ApiContext, need, paged } from './transport.ts';

const event = z.enum(['APPROVE', 'REQUEST_CHANGES', 'COMMENT']);
const newReview = z.object({
  event: event.optional(),
  body: z.string().default(''),
  comments: z.array(z.object({ path: z.string(), line: z.int().default(1), body: z.string() })).default([]),
});
const submission = z.object({ event, body: z.string().optional() });
const dismissal = z.object({ message: z.string().min(1) });
const newBody = z.object({ body: z.string() });

interface Place {
  pull: PullRequest;
  review: Review;
}

async function reviewOf(c: ApiContext): Promise<Place> {
  const pull = await pullOfPath(c);
  return { pull, review: findReview(pull, c.get('person'), Number(c.req.param('id'))) };
}

const answer = (c: ApiContext, { pull, review }: Place) => c.json(toReview(c.get('view'), pull.number, review));

/** Mounted under `/repos/:owner/:repo`. */
export function reviewRoutes(): Hono<Api> {
  const app = new Hono<Api>();
  const reviews = '/pulls/:number/reviews';
  app.get(reviews, async (c) => {
    const pull = await pullOfPath(c);
    const seen = reviewsSeenBy(pull, c.get('person').login);
    return paged(
      c,
      seen.map((review) => toReview(c.get('view'), pull.number, review)),
    );
  });
  app.post(reviews, async (c) => {
    need(c, 'pullRequests', 'write');
    const pull = await pullOfPath(c);
    const wanted = await readBody(c, newReview, 'PullRequestReview');
    return answer(c, { pull, review: addReview(c.get('view').hosted, pull, c.get('person'), wanted) });
  });
  app.get(`${reviews}/:id`, async (c) => answer(c, await reviewOf(c)));
  app.put(`${reviews}/:id`, async (c) => {
    need(c, 'pullRequests', 'write');
    const place = await reviewOf(c);
    place.review.body = (await readBody(c, newBody, 'PullRequestReview')).body;
    return answer(c, place);
  });
  app.delete(`${reviews}/:id`, async (c) => {
    need(c, 'pullRequests', 'write');
    const place = await reviewOf(c);
    deleteReview(place.pull, place.review);
    return answer(c, place);
  });
  app.post(`${reviews}/:id/events`, async (c) => {
    need(c, 'pullRequests', 'write');
    const place = await reviewOf(c);
    const { event: wanted, body } = await readBody(c, submission, 'PullRequestReview');
    submitReview(c.get('view').hosted, place.pull, place.review, c.get('person'), { event: wanted, body });
    return answer(c, place);
  });
  app.put(`${reviews}/:id/dismissals`, async (c) => {
    need(c, 'contents', 'write');
    const place = await reviewOf(c);
    await readBody(c, dismissal, 'PullRequestReview');
    dismissReview(c.get('view').hosted, place.pull, place.review, c.get('person'));
    return answer(c, place);
  });
  app.get('/pulls/:number/comments', async (c) => {
    const pull = await pullOfPath(c);
    const seen = reviewCommentsSeenBy(pull, c.get('person').login);
    return paged(
      c,
      seen.map((comment) => toReviewComment(c.get('view'), pull.number, comment)),
    );
  });
  return app;
}
