/**
 * The work items of one organization, and the only place where revisions are stored.
 *
 * Invariants: a revision is a complete snapshot and never changes; times and watermarks increase with every stored revision.
 */
import type { Clock } from '../../../src/base/clock.ts';
import { errors } from '../api/errors.ts';
import type { Change, Comment, Person, Revision, WorkItem } from '../model.ts';

/** A revision without its number and watermark. */
export type Draft = Omit<Revision, 'rev' | 'watermark'>;

interface CommitOptions {
  /** If false, only returns what the work item would be. */
  store?: boolean;
  kind?: Change['kind'];
  comments?: readonly Comment[];
}

export interface ItemStore {
  /** The time of the next change (ISO), later than all earlier ones. */
  nextTime(): string;
  nextCommentId(): number;
  /** All work items that are not deleted, sorted by id. */
  items(): WorkItem[];
  allItems(): WorkItem[];
  /** Throws TF401232 if the work item is missing or deleted. */
  item(id: number): WorkItem;
  /** Creates a work item with the draft as its first revision. */
  open(draft: Draft, options?: CommitOptions): WorkItem;
  /** Stores the draft as a work item's next revision, with the comments as they are then. */
  commit(item: WorkItem, draft: Draft, options?: CommitOptions): WorkItem;
  remove(item: WorkItem, by: Person): WorkItem;
  /** Runs `work`; if it throws, all its changes are undone. */
  atomically<T>(work: () => T): T;
}

interface ItemStoreParts {
  clock: Clock;
  /** Called with every change as soon as it cannot be undone. */
  tell: (change: ItemChange) => void;
}

type ItemChange = Omit<Change, 'organization'>;

export function createItemStore({ clock, tell }: ItemStoreParts): ItemStore {
  const items = new Map<number, WorkItem>();
  const last = { id: 0, commentId: 0, watermark: 0, at: 0 };
  let held: ItemChange[] | undefined;

  function keep(kind: Change['kind'], item: WorkItem, by: Person): WorkItem {
    items.set(item.id, item);
    last.id = Math.max(last.id, item.id);
    const change = { kind, workItemId: item.id, rev: item.revisions.length, by };
    if (held) held.push(change);
    else tell(change);
    return item;
  }

  /** Numbers a draft; a draft that is not stored uses up no numbers. */
  function number(draft: Draft, rev: number, store: boolean): Revision {
    const watermark = last.watermark + 1;
    if (store) last.watermark = watermark;
    return { ...draft, rev, watermark };
  }

  function nextTime(): string {
    last.at = Math.max(clock.now(), last.at + 1);
    return new Date(last.at).toISOString();
  }

  function atomically<T>(work: () => T): T {
    if (held) return work();
    const before = [...items];
    const numbers = { ...last };
    const changes: ItemChange[] = [];
    held = changes;
    try {
      return work();
    } catch (error) {
      items.clear();
      for (const [id, item] of before) items.set(id, item);
      Object.assign(last, numbers);
      changes.length = 0;
      throw error;
    } finally {
      held = undefined;
      for (const change of changes) tell(change);
    }
  }

  return {
    nextTime,
    atomically,
    nextCommentId: () => ++last.commentId,
    items: () => [...items.values()].filter((item) => !item.deleted),
    allItems: () => [...items.values()],
    item(id) {
      const item = items.get(id);
      if (!item || item.deleted) throw errors.missingItem(id);
      return item;
    },
    open(draft, { store = true, comments = [] } = {}) {
      const item: WorkItem = { id: last.id + 1, revisions: [number(draft, 1, store)], comments };
      return store ? keep('created', item, draft.authorizedBy) : item;
    },
    commit(item, draft, { store = true, kind = 'updated', comments = item.comments } = {}) {
      const revisions: WorkItem['revisions'] = [...item.revisions, number(draft, item.revisions.length + 1, store)];
      const next = { ...item, revisions, comments };
      return store ? keep(kind, next, draft.authorizedBy) : next;
    },
    remove: (item, by) => keep('deleted', { ...item, deleted: { by, at: nextTime() } }, by),
  };
}

/** The current revision. */
export function current(item: WorkItem): Revision {
  return item.revisions.at(-1) ?? item.revisions[0];
}
