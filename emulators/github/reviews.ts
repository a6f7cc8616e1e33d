/** The operations on reviews of pull requests: written as pending, submitted, changed, dismissed. */
import type { GitHubPerson, Hosted, PullRequest, Review } from './hosted.ts';
import { refuse } from './refuse.ts';

const stateOfEvent = { APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED' } as const;

interface NewReview {
  /** Without one it stays pending. */
  event?: keyof typeof stateOfEvent | undefined;
  body: string;
  comments: readonly { path: string; line: number; body: string }[];
}

function checkEvent(pull: PullRequest, by: GitHubPerson, event: keyof typeof stateOfEvent, isEmpty: boolean): void {
  if (by.login === pull.author && event !== 'COMMENT') {
    const what = event === 'APPROVE' ? 'approve' : 'request changes on';
    refuse(422, `Unprocessable Entity: Can not ${what} your own pull request`);
  }
  if (event !== 'APPROVE' && isEmpty) refuse(422, 'Unprocessable Entity: body is missing');
}

function tellSubmitted(hosted: Hosted, pull: PullRequest, review: Review): void {
  pull.reviewers = pull.reviewers.filter((login) => login !== review.author);
  pull.updatedAt = review.at;
  hosted.tell({ event: 'pull_request_review', action: 'submitted', by: review.author, pull, review });
}

/** A person has at most one pending review of a pull request. */
export function addReview(hosted: Hosted, pull: PullRequest, by: GitHubPerson, wanted: NewReview): Review {
  const { event, body, comments } = wanted;
  const isPending = ({ state, author }: Review) => state === 'PENDING' && author === by.login;
  if (event) checkEvent(pull, by, event, body.trim() === '' && comments.length === 0);
  else if (pull.reviews.some(isPending))
    refuse(422, 'Unprocessable Entity: User can only have one pending review per pull request');
  const made = { author: by.login, at: hosted.clock.now(), sha: pull.headSha };
  const review: Review = { ...made, id: hosted.nextId(), body, state: event ? stateOfEvent[event] : 'PENDING' };
  pull.reviews.push(review);
  for (const comment of comments) {
    pull.reviewComments.push({ ...made, ...comment, id: hosted.nextId(), reviewId: review.id });
  }
  if (event) tellSubmitted(hosted, pull, review);
  return review;
}

/** The review with this id, if the person sees it. */
export function findReview(pull: PullRequest, by: GitHubPerson, id: number): Review {
  const found = pull.reviews.find((each) => each.id === id);
  return found && (found.state !== 'PENDING' || found.author === by.login) ? found : refuse(404, 'Not Found');
}

/** Submits a pending review. */
export function submitReview(
  hosted: Hosted,
  pull: PullRequest,
  review: Review,
  by: GitHubPerson,
  { event, body }: { event: keyof typeof stateOfEvent; body: string | undefined },
): void {
  if (review.state !== 'PENDING') refuse(422, 'Unprocessable Entity: Can not submit a review that is not pending');
  const words = body ?? review.body;
  const hasComments = pull.reviewComments.some(({ reviewId }) => reviewId === review.id);
  checkEvent(pull, by, event, words.trim() === '' && !hasComments);
  Object.assign(review, { state: stateOfEvent[event], body: words, at: hosted.clock.now(), sha: pull.headSha });
  tellSubmitted(hosted, pull, review);
}

/** Deletes a pending review with its comments. */
export function deleteReview(pull: PullRequest, review: Review): void {
  if (review.state !== 'PENDING') refuse(422, 'Unprocessable Entity: Can not delete a non-pending pull request review');
  pull.reviews = pull.reviews.filter((each) => each !== review);
  pull.reviewComments = pull.reviewComments.filter(({ reviewId }) => reviewId !== review.id);
}

/** Takes an approval or a request for changes out of force; the review itself stays. */
export function dismissReview(hosted: Hosted, pull: PullRequest, review: Review, by: GitHubPerson): void {
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED')
    refuse(422, `Unprocessable Entity: Can not dismiss a ${review.state.toLowerCase()} pull request review`);
  review.state = 'DISMISSED';
  pull.updatedAt = hosted.clock.now();
  hosted.tell({ event: 'pull_request_review', action: 'dismissed', by: by.login, pull, review });
}
