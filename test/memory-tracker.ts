/**
 * A tracker in memory, for tests in which the tracker is not the point: it promises what `test/conformance/tracker.ts` says.
 *
 * A board holds work items; people change them by hand, and a person's tracker reads and writes them as the product does.
 */
import { createHash } from 'node:crypto';
import { OutsideError } from '../src/base/errors.ts';
import { spend } from '../src/connectors/http/outside.ts';
import type { Permit, PermitKind } from '../src/work-items/gate/permit.ts';
import type {
  Attachment,
  Person,
  StateChange,
  StoredText,
  Tile,
  TileComment,
  Tracker,
} from '../src/work-items/tracker.ts';

export interface MemoryBoardOptions {
  /** As permits name it. */
  tenant: string;
  /** The states of each type, in the board's order. */
  types: Readonly<Record<string, readonly string[]>>;
  /** States in which work is done. */
  done: readonly string[];
  /** States in which it is over without being done. */
  removed?: readonly string[];
  /** Who there is to be found. */
  people?: readonly Person[];
  /** Milliseconds since 1970. */
  now: () => number;
}

/** What a person can see and change of a work item; the fields of this tracker are called `title` and `text`. */
interface Change {
  type?: string;
  state?: string;
  title?: string;
  text?: string;
  tags?: readonly string[];
  priority?: number;
  predecessors?: readonly number[];
  /** The part of the board where it stands, `Shop/Web`. */
  place?: string;
}

/** A work item with all that happened to it. */
export interface MemoryItem {
  tile: Tile;
  place: string;
  /** Oldest first. */
  changes: Omit<StateChange, 'otherRev'>[];
  comments: TileComment[];
  links: string[];
  parent?: number;
}

/** Whose work items a tracker is for. */
interface View {
  /** Those in or below this place; those of the project without it. */
  place?: string;
  types?: readonly string[];
  tag?: string;
}

const moving: readonly PermitKind[] = ['claim-plan', 'post-plan', 'report', 'execute'];
const commenting: readonly PermitKind[] = ['post-plan', 'report'];

/** Why something did not happen. */
function no(kind: OutsideError['facts']['kind'], why: string, typeKey?: string): OutsideError {
  return new OutsideError(why, { system: 'memory', request: why, kind, ...(typeKey ? { typeKey } : {}) });
}

const summaryOf = ({ workItemId, rev, type, state, tags, priority }: Tile) => ({
  workItemId,
  rev,
  type,
  state,
  tags,
  ...(priority === undefined ? {} : { priority }),
});

/** The last of these, with the last one of somebody else before it. */
function changeOf(changes: readonly StateChange[]): StateChange | undefined {
  const last = changes.at(-1);
  const other = changes.findLast(({ by }) => by.id !== last?.by.id);
  return last && { ...last, ...(other ? { otherRev: other.rev } : {}) };
}

const stored = (text: string): StoredText => ({ text, format: 'markdown' });

/** The content and its hash, of what people want by title, text and files. */
function contentOf(content: Tile['content'], attachments: readonly Attachment[]) {
  const hashed = JSON.stringify([content, attachments.map(({ id }) => id)]);
  return { content, contentHash: createHash('sha256').update(hashed).digest('hex') };
}

export function createMemoryBoard({ tenant, types, done, removed = [], people = [], now }: MemoryBoardOptions) {
  const project = tenant.slice(tenant.lastIndexOf('/') + 1);
  const items = new Map<number, MemoryItem>();
  const files = new Map<string, Uint8Array>();
  let made = 0;

  function itemOf(workItemId: number): MemoryItem {
    const item = items.get(workItemId);
    if (!item) throw new Error(`there is no work item ${workItemId}`);
    return item;
  }

  /** A revision of the work item; content is given again only if it changed. */
  function revise(item: MemoryItem, by: Person, change: Partial<Tile>, signedInAs = by): void {
    const rev = item.tile.rev + 1;
    const { title = item.tile.title, content = item.tile.content, attachments = item.tile.attachments } = change;
    const isEdited =
      title !== item.tile.title || content !== item.tile.content || attachments !== item.tile.attachments;
    const edited = isEdited ? contentOf({ ...content, title: stored(title) }, attachments) : {};
    const { state } = change;
    if (state !== undefined && state !== item.tile.state) {
      item.changes.push({ rev, state, at: now(), by: signedInAs, shownAs: by, signedInAs });
    }
    item.tile = { ...item.tile, ...change, ...edited, rev, changedBy: by, changedAt: now() };
  }

  const board = {
    items,
    /** A work item as it is given, whatever came before it. */
    put(tile: Tile, more: Partial<Omit<MemoryItem, 'tile'>> = {}): void {
      made = Math.max(made, tile.workItemId);
      items.set(tile.workItemId, { tile, place: project, changes: [], comments: [], links: [], ...more });
    },
    /** Makes a work item; its id. */
    file(
      by: Person,
      { type = 'Bug', state = 'New', title = 'A bug', text = '', tags = [], ...more }: Change = {},
    ): number {
      const { place = project, priority, predecessors = [] } = more;
      const workItemId = made + 1;
      const tile = {
        ...{ workItemId, rev: 1, type, state, tags, title, createdBy: by, changedBy: by, changedAt: now() },
        ...contentOf({ title: stored(title), ...(text ? { text: stored(text) } : {}) }, []),
        ...{ predecessors, attachments: [], ...(priority === undefined ? {} : { priority }) },
      };
      board.put(tile, { place, changes: [{ rev: 1, state, at: now(), by, shownAs: by, signedInAs: by }] });
      return workItemId;
    },
    /** Changes it as `by`, who is signed in unless somebody else is named. */
    edit(workItemId: number, by: Person, { place, text, ...change }: Change, signedInAs = by): void {
      const item = itemOf(workItemId);
      if (place !== undefined) item.place = place;
      const content = text === undefined ? {} : { content: { ...item.tile.content, text: stored(text) } };
      revise(item, by, { ...change, ...content }, signedInAs);
    },
    comment(workItemId: number, by: Person, text: string): TileComment {
      const item = itemOf(workItemId);
      revise(item, by, {});
      const commentId = workItemId * 1_000 + item.tile.rev;
      const comment = { commentId, version: 1, ...stored(text), by, at: now(), isDeleted: false };
      item.comments.push(comment);
      return comment;
    },
    attach(workItemId: number, by: Person, name: string, content: Uint8Array): void {
      const item = itemOf(workItemId);
      const id = `${workItemId}-${item.tile.attachments.length + 1}`;
      files.set(id, content);
      revise(item, by, { attachments: [...item.tile.attachments, { id, name, bytes: content.length }] });
    },
    /** The board as this person's token sees it. */
    as: (me: Person, view: View = {}): Tracker => ({ ...readsFor(me, view), ...writesFor(me, view) }),
  };

  function ours({ place = project }: View, workItemId: number): MemoryItem | undefined {
    const item = items.get(workItemId);
    return item && `${item.place}/`.startsWith(`${place}/`) ? item : undefined;
  }

  function readsFor(
    me: Person,
    view: View,
  ): Omit<Tracker, 'move' | 'addComment' | 'editComment' | 'createChild' | 'link'> {
    const all = () => [...items.keys()].sort((a, b) => a - b).flatMap((id) => ours(view, id) ?? []);
    const idsOf = (found: MemoryItem[]) => found.map(({ tile }) => tile.workItemId);
    const tilesOf = (ids: readonly number[]) => ids.flatMap((id) => ours(view, id)?.tile ?? []);
    const isTaken = ({ tile }: MemoryItem) =>
      (view.types?.includes(tile.type) ?? true) && (view.tag === undefined || tile.tags.includes(view.tag));
    return {
      me: async () => me,
      pageOf: (workItemId) => `https://board.example/${workItemId}`,
      async changedSince(since, states) {
        const isNews = ({ tile }: MemoryItem) =>
          since === undefined ? states.includes(tile.state) : tile.changedAt >= since;
        return idsOf(all().filter((item) => isTaken(item) && isNews(item)));
      },
      tagged: async (tag) => idsOf(all().filter(({ tile }) => tile.tags.includes(tag))),
      // Its own language: a part of the title.
      selected: async (query, max) => idsOf(all().filter(({ tile }) => tile.title.includes(query))).slice(0, max),
      summaries: async (ids) => tilesOf(ids).map(summaryOf),
      tiles: async (ids) => tilesOf(ids),
      tile: async (workItemId) => ours(view, workItemId)?.tile,
      isDone: async ({ state }) => done.includes(state),
      async unfinished(ids) {
        const found = ids.flatMap((id) => items.get(id)?.tile ?? []);
        const open = found.filter(({ state }) => !done.includes(state) && !removed.includes(state));
        return open.map(({ workItemId, state }) => ({ workItemId, state }));
      },
      async attachment({ id }) {
        const content = files.get(id);
        if (!content) throw no('missing', `there is no file ${id}`);
        return content;
      },
      markdownOf: async ({ text }) => text,
      lastStateChange: async (workItemId) => changeOf(ours(view, workItemId)?.changes ?? []),
      async stateChange(workItemId, rev) {
        const change = changeOf((ours(view, workItemId)?.changes ?? []).filter((one) => one.rev <= rev));
        return change?.rev === rev ? change : undefined;
      },
      comments: async (workItemId) => (ours(view, workItemId)?.comments ?? []).filter(({ isDeleted }) => !isDeleted),
      stateNames: async () => new Map(Object.entries(types)),
      projectsSeen: async () => [
        ...new Set([project, ...[...items.values()].map(({ place }) => place.split('/')[0] ?? '')]),
      ],
      fieldNames: async () => {
        const fields = ['title', 'text'].map((name) => ({ id: name, label: name }));
        return new Map(Object.keys(types).map((type) => [type, fields]));
      },
      areas: async () => [project],
      teams: async () => [`${project} Team`],
      boardsOf: async () => ['Stories'],
      tags: async () => [...new Set(all().flatMap(({ tile }) => tile.tags))],
      mayCreateTags: async () => true,
      accounts: async (text) =>
        people
          .filter(({ id, name, mail }) => [id, name, mail].includes(text))
          .map((one) => ({ ...one, isGroup: false })),
    };
  }

  function writesFor(
    me: Person,
    view: View,
  ): Pick<Tracker, 'move' | 'addComment' | 'editComment' | 'createChild' | 'link'> {
    /** The item, once the permit for this call is spent. */
    function permitted(permit: Permit, kinds: readonly PermitKind[], workItemId: number, rev?: number): MemoryItem {
      const item = ours(view, workItemId);
      if (!item) throw no('refused', `work item ${workItemId} is not in our place`, 'GATE_TENANT');
      const use = { tenant, workItemId, ...(rev === undefined ? {} : { rev }) };
      spend(permit, kinds, use, { system: 'memory', request: `a write to work item ${workItemId}` });
      if (rev !== undefined && rev !== item.tile.rev) throw no('conflict', `it is at revision ${item.tile.rev}`);
      return item;
    }

    /** Fields under the names of this tracker; any other one is kept as people's words. */
    function changeOf({ tile }: MemoryItem, fields: Readonly<Record<string, unknown>>): Partial<Tile> {
      const { title = tile.title, ...others } = fields;
      const words = Object.entries(others).map(([name, value]) => [name, stored(String(value))]);
      const content = words.length > 0 ? { content: { ...tile.content, ...Object.fromEntries(words) } } : {};
      return { title: String(title), ...content };
    }

    return {
      async move(permit, workItemId, { rev, state, tags, fields = {} }) {
        const item = permitted(permit, moving, workItemId, rev);
        if (state !== undefined && !types[item.tile.type]?.includes(state))
          throw no('refused', `there is no state ${state}`);
        const moved = { ...(state === undefined ? {} : { state }), ...(tags ? { tags } : {}) };
        revise(item, me, { ...changeOf(item, fields), ...moved });
        return { rev: item.tile.rev };
      },
      async addComment(permit, workItemId, markdown) {
        permitted(permit, commenting, workItemId);
        return board.comment(workItemId, me, markdown);
      },
      async editComment(permit, workItemId, commentId, text) {
        const item = permitted(permit, commenting, workItemId);
        const before = item.comments.find((comment) => comment.commentId === commentId);
        if (!before) throw no('missing', `there is no comment ${commentId}`);
        const edited = { ...before, text, version: before.version + 1 };
        item.comments = item.comments.map((comment) => (comment === before ? edited : comment));
        revise(item, me, {});
        return edited;
      },
      async createChild(permit, { type, fields, tag }) {
        const parent = permit.binding.workItemId;
        const { place } = permitted(permit, ['report', 'execute'], parent);
        if (!types[type]) throw no('refused', `there is no type ${type}`);
        const { title, text, tags: given } = fields;
        const tags = [...(given === undefined ? [] : [String(given)]), tag];
        const workItemId = board.file(me, { type, title: String(title), text: String(text ?? ''), tags, place });
        itemOf(workItemId).parent = parent;
        return { workItemId };
      },
      async link(permit, workItemId, rev, url) {
        const item = permitted(permit, ['report', 'open-pr'], workItemId, rev);
        if (item.links.includes(url)) return;
        item.links.push(url);
        revise(item, me, {});
      },
    };
  }

  return board;
}
