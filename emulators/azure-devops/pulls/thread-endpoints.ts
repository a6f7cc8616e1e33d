/** The threads of pull requests over HTTP: start one, answer, resolve, change and delete a comment. */
import { type Call, type Endpoint, enumValue, idPattern, objectBody, valueList } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import { needContribute } from './code-repository.ts';
import { pullOf, pullPath } from './pull-endpoints.ts';
import { pullErrors } from './pull-errors.ts';
import type { PullRequest, Thread, ThreadComment } from './pull-model.ts';
import { addReply, addThread } from './pull-requests.ts';
import { commentView, threadView } from './pull-views.ts';

const threadStates = { unknown: 0, active: 1, fixed: 2, wontFix: 3, closed: 4, byDesign: 5, pending: 6 };

function wordsOf(comment: unknown): string {
  const { content } = (comment ?? {}) as Record<string, unknown>;
  if (typeof content !== 'string' || !content.trim())
    throw errors.badArgument('Value cannot be null. Parameter name: content');
  return content;
}

function create(call: Call, pull: PullRequest) {
  const { comments, status, threadContext } = objectBody(call);
  const [first, ...more] = Array.isArray(comments) ? comments : [];
  const thread = addThread(call.tenant, pull, call.person, wordsOf(first), {
    ...(status === undefined ? {} : { status: enumValue(status, threadStates, 'active', 'status') }),
    ...(threadContext ? { context: threadContext } : {}),
  });
  for (const comment of more) addReply(call.tenant, thread, call.person, wordsOf(comment), 1);
  return threadView(call, thread);
}

interface Place {
  pull: PullRequest;
  thread: Thread;
}

async function threadOf(call: Call, { thread: id, comment: _, ...parameters }: Record<string, string>): Promise<Place> {
  const pull = await pullOf(call, parameters);
  const thread = pull.threads.find((each) => each.id === Number(id));
  if (!thread) throw pullErrors.missingThread(Number(id));
  return { pull, thread };
}

/** The comment in the url, if the caller wrote it. */
async function ownComment(call: Call, parameters: Record<string, string>): Promise<ThreadComment> {
  const { thread } = await threadOf(call, parameters);
  const comment = thread.comments.find(({ id }) => id === Number(parameters.comment));
  if (!comment) throw pullErrors.missingThread(thread.id);
  if (comment.by !== call.person) throw pullErrors.needsPermission('EditComment', call.person.name);
  return comment;
}

async function reply(call: Call, parameters: Record<string, string>) {
  const { pull, thread } = await threadOf(call, parameters);
  const { parentCommentId } = objectBody(call);
  const comment = addReply(call.tenant, thread, call.person, wordsOf(call.body), Number(parentCommentId ?? 1));
  call.tenant.tellPull({ pull, by: call.person, kind: 'commented', comment });
  return commentView(call, comment);
}

async function setStatus(call: Call, parameters: Record<string, string>) {
  needContribute(call.person, 'PullRequestContribute');
  const { thread } = await threadOf(call, parameters);
  const { status } = objectBody(call);
  if (status !== undefined) thread.status = enumValue(status, threadStates, 'active', 'status');
  return threadView(call, thread);
}

const threads = `${pullPath}/threads`;
const thread = `${threads}/:thread{${idPattern}}`;
const comments = `${thread}/comments`;
const comment = `${comments}/:comment{${idPattern}}`;

const onThreads: readonly Endpoint[] = [
  {
    method: 'GET',
    path: threads,
    location: 'git/pullRequestThreads',
    async answer(call, parameters) {
      const pull = await pullOf(call, parameters);
      return valueList(pull.threads.map((each) => threadView(call, each)));
    },
  },
  {
    method: 'POST',
    path: threads,
    location: 'git/pullRequestThreads',
    answer: async (call, parameters) => create(call, await pullOf(call, parameters)),
  },
  {
    method: 'GET',
    path: thread,
    location: 'git/pullRequestThreads',
    answer: async (call, parameters) => threadView(call, (await threadOf(call, parameters)).thread),
  },
  { method: 'PATCH', path: thread, location: 'git/pullRequestThreads', answer: setStatus },
];

const onComments: readonly Endpoint[] = [
  {
    method: 'GET',
    path: comments,
    location: 'git/pullRequestThreadComments',
    async answer(call, parameters) {
      const { thread: found } = await threadOf(call, parameters);
      return valueList(found.comments.map((each) => commentView(call, each)));
    },
  },
  { method: 'POST', path: comments, location: 'git/pullRequestThreadComments', answer: reply },
  {
    method: 'PATCH',
    path: comment,
    location: 'git/pullRequestThreadComments',
    async answer(call, parameters) {
      const own = await ownComment(call, parameters);
      Object.assign(own, { text: wordsOf(call.body), changedAt: call.tenant.nextTime() });
      return commentView(call, own);
    },
  },
  {
    method: 'DELETE',
    path: comment,
    location: 'git/pullRequestThreadComments',
    async answer(call, parameters) {
      const own = await ownComment(call, parameters);
      Object.assign(own, { isDeleted: true, changedAt: call.tenant.nextTime() });
      return new Response(null, { status: 200 });
    },
  },
];

export const threadEndpoints: readonly Endpoint[] = [...onThreads, ...onComments];
