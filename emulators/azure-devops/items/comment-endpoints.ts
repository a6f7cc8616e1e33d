/** Comments of work items over HTTP: add, read, change, delete, and their versions. */
import { type Call, countOf, type Endpoint, enumValue, idPattern, objectBody } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import type { TextFormat, WorkItem } from '../model.ts';
import { addComment, changeComment, findComment, latest } from './comments.ts';
import { itemOf } from './item-endpoints.ts';
import { commentView, itemUrl } from './views.ts';

const pageMax = 200;

function formatOf(call: Call): TextFormat {
  return enumValue(call.query('format'), { markdown: 0, html: 1 }, 'html', 'format');
}

function isRendered(call: Call): boolean {
  const expands = { none: 0, reactions: 1, renderedText: 8, renderedTextOnly: 16, all: -17 };
  const expand = enumValue(call.query('expand'), expands, 'none', '$expand');
  return expand === 'renderedText' || expand === 'renderedTextOnly' || expand === 'all';
}

/** Every url of a comment contains the project. */
function commentedItem(call: Call, id: string | undefined): WorkItem {
  if (!call.project) throw errors.missingProject('');
  return itemOf(call, Number(id));
}

function textOf(call: Call): string {
  const { text } = objectBody(call);
  if (typeof text !== 'string' || !text.trim()) throw errors.badArgument('Value cannot be null. Parameter name: text');
  return text;
}

/** A page of comments, newest first by default; the continuation token is the id of the next comment. */
function list(call: Call, item: WorkItem) {
  const order = enumValue(call.query('order'), { asc: 1, desc: 2 }, 'desc', 'order');
  const includeDeleted = call.query('includeDeleted')?.toLowerCase() === 'true';
  const all = item.comments.filter((comment) => includeDeleted || !latest(comment).isDeleted);
  const sorted = order === 'asc' ? all : all.toReversed();
  const token = call.query('continuationToken');
  const start = token === undefined ? 0 : sorted.findIndex(({ id }) => String(id) === token);
  if (start < 0) throw errors.badArgument('The continuation token is not valid.');
  const top = countOf(call.query('top'), pageMax, pageMax) || pageMax;
  const shown = sorted.slice(start, start + top);
  const next = sorted[start + top];
  const url = `${itemUrl(call, item)}/comments`;
  return {
    totalCount: all.length,
    count: shown.length,
    comments: shown.map((comment) => commentView(call, item, comment, isRendered(call))),
    ...(next && {
      continuationToken: String(next.id),
      nextPage: `${url}?$top=${top}&order=${order}&continuationToken=${next.id}`,
    }),
    url,
  };
}

const comments = `/_apis/wit/workitems/:id{${idPattern}}/comments`;
const comment = `${comments}/:comment{${idPattern}}`;
const location = 'wit/comments';

export const commentEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: comments,
    location,
    answer(call, { id }) {
      const item = commentedItem(call, id);
      const added = addComment(call.tenant, item.id, { text: textOf(call), format: formatOf(call), by: call.person });
      return commentView(call, item, added, true);
    },
  },
  { method: 'GET', path: comments, location, answer: (call, { id }) => list(call, commentedItem(call, id)) },
  {
    method: 'GET',
    path: comment,
    location,
    answer(call, { id, comment: commentId }) {
      const item = commentedItem(call, id);
      const includeDeleted = call.query('includeDeleted')?.toLowerCase() === 'true';
      const found = findComment(call.tenant, item.id, Number(commentId), includeDeleted);
      return commentView(call, item, found, isRendered(call));
    },
  },
  {
    method: 'PATCH',
    path: comment,
    location,
    answer(call, { id, comment: commentId }) {
      const item = commentedItem(call, id);
      const change = { by: call.person, text: textOf(call) };
      return commentView(call, item, changeComment(call.tenant, item.id, Number(commentId), change), true);
    },
  },
  {
    method: 'DELETE',
    path: comment,
    location,
    answer(call, { id, comment: commentId }) {
      const item = commentedItem(call, id);
      const change = { by: call.person, isDeleted: true };
      return commentView(call, item, changeComment(call.tenant, item.id, Number(commentId), change), false);
    },
  },
  {
    method: 'GET',
    path: `${comment}/versions`,
    location: 'wit/commentsVersions',
    answer(call, { id, comment: commentId }) {
      const item = commentedItem(call, id);
      const found = findComment(call.tenant, item.id, Number(commentId), true);
      return found.versions.map((version) => commentView(call, item, found, isRendered(call), version));
    },
  },
];
