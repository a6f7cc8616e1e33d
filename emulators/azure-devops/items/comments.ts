/** Comments of a work item and their versions; every change of a comment is also a revision of the work item. */
import { errors } from '../api/errors.ts';
import type { Comment, CommentVersion, Person, TextFormat, WorkItem } from '../model.ts';
import type { Tenant } from '../tenant.ts';
import { current } from './item-store.ts';
import { rewriteHtml } from './rich-text.ts';

interface CommentWords {
  text: string;
  format: TextFormat;
  by: Person;
}

/** The newest version of a comment. */
export function latest(comment: Comment): CommentVersion {
  return comment.versions.at(-1) ?? comment.versions[0];
}

/** A new comment with its first version, not stored yet. */
export function newComment(tenant: Tenant, { text, format, by }: CommentWords, at: string): Comment {
  const stored = format === 'html' ? rewriteHtml(text) : text;
  const version = { version: 1, text: stored, format, by, at, isDeleted: false };
  return { id: tenant.nextCommentId(), versions: [version] };
}

/** Stores a revision with this comment's newest version. */
function commitComment(tenant: Tenant, item: WorkItem, comment: Comment): WorkItem {
  const { version, by, at, text, isDeleted } = latest(comment);
  const others = item.comments.filter(({ id }) => id !== comment.id);
  const comments = [...others, comment].sort((a, b) => a.id - b.id);
  const { fields, relations, formats } = current(item);
  const { 'System.History': _, ...kept } = fields;
  const draft = {
    at,
    authorizedBy: by,
    fields: {
      ...kept,
      'System.ChangedBy': by,
      'System.ChangedDate': at,
      'System.CommentCount': comments.filter((each) => !latest(each).isDeleted).length,
      ...(isDeleted ? {} : { 'System.History': text }),
    },
    relations,
    formats,
    commentVersion: { commentId: comment.id, version },
  };
  return tenant.commit(item, draft, { kind: 'commented', comments });
}

/** Adds a comment as a separate revision. Throws TF401232. */
export function addComment(tenant: Tenant, itemId: number, words: CommentWords): Comment {
  const item = tenant.item(itemId);
  const comment = newComment(tenant, words, tenant.nextTime());
  commitComment(tenant, item, comment);
  return comment;
}

/** Finds a comment; deleted ones only if `includeDeleted` is set. Throws a 404. */
export function findComment(tenant: Tenant, itemId: number, commentId: number, includeDeleted = false): Comment {
  const comment = tenant.item(itemId).comments.find(({ id }) => id === commentId);
  if (!comment || (latest(comment).isDeleted && !includeDeleted)) throw errors.missingComment(commentId);
  return comment;
}

/** Adds a version of the comment: changed or deleted. */
export function changeComment(
  tenant: Tenant,
  itemId: number,
  commentId: number,
  change: { by: Person; text?: string; isDeleted?: boolean },
): Comment {
  const comment = findComment(tenant, itemId, commentId);
  const { by, text, isDeleted = false } = change;
  const last = latest(comment);
  const words = text === undefined ? last.text : last.format === 'html' ? rewriteHtml(text) : text;
  const next = { ...last, version: last.version + 1, text: words, by, at: tenant.nextTime(), isDeleted };
  const changed: Comment = { ...comment, versions: [...comment.versions, next] };
  commitComment(tenant, tenant.item(itemId), changed);
  return changed;
}
