/**
 * The port to the system that holds the work items: what is read live from it, and the few things written to it, each by permit.
 *
 * Every word here is ours. What a tracker calls its fields stands only as names in `content` and `fields`, which nobody but the
 * tracker's own adapter and tool reads. `test/conformance/tracker.ts` says as cases what each adapter promises.
 */
import type { TextFormat } from '../documents/incoming.ts';
import type { Permit } from './gate/permit.ts';

/** What people wrote, as the tracker keeps it. */
export interface StoredText {
  text: string;
  format: TextFormat;
}

/** Somebody in the tracker; compared by `id` only. */
export interface Person {
  id: string;
  name: string;
  /** The sign-in name, usually a mail address; lower case. */
  mail: string;
}

/** A work item as the tracker shows it at one revision. */
export interface Tile extends TileSummary {
  title: string;
  createdBy: Person;
  /** Who made its last revision; undefined where the tracker does not say. */
  changedBy?: Person;
  /** Milliseconds since 1970. */
  changedAt: number;
  /** The fields in which people say what they want, by the tracker's names of them; `markdownOf` makes them readable. */
  content: Readonly<Record<string, StoredText>>;
  /** sha256 over title, content fields as they are stored, and attachments, 64 hex digits. */
  contentHash: string;
  /** Work items that must be over before this one begins, as its links say. */
  predecessors: readonly number[];
  attachments: readonly Attachment[];
}

/** A file that people put on a work item. */
export interface Attachment {
  id: string;
  name: string;
  bytes: number;
}

/** The little that a poll needs of each changed work item. */
export interface TileSummary {
  workItemId: number;
  rev: number;
  type: string;
  state: string;
  tags: readonly string[];
  /** Where in the project it stands, where the tracker has areas. */
  areaPath?: string;
  /** From 1, the most urgent, to 4. */
  priority?: number;
}

/** The last change of a tile's state, with the three places that must agree on who made it; a tracker with fewer fills them alike. */
export interface StateChange {
  rev: number;
  state: string;
  at: number;
  /** Whose revision it is. */
  by: Person;
  /** Whom the tile shows for it. */
  shownAs: Person;
  /** Who was signed in. */
  signedInAs: Person;
  /** The last change of state before it that somebody else made, by its revision; undefined where there is none. */
  otherRev?: number;
}

export interface TileComment extends StoredText {
  commentId: number;
  version: number;
  by: Person;
  at: number;
  isDeleted: boolean;
}

export interface TrackerReads {
  /** Whose token we hold. */
  me(): Promise<Person>;
  /** The address of the page on which people see a work item. */
  pageOf(workItemId: number): string;
  /** Ids of work items in our project and area changed since then (milliseconds), all that are in `states` when undefined. */
  changedSince(since: number | undefined, states: readonly string[]): Promise<number[]>;
  /** Ids of work items in our project and area that bear this tag. */
  tagged(tag: string): Promise<number[]>;
  /** Ids of work items in our project and area that a query in the tracker's own language selects; of at most `max` results. */
  selected(query: string, max: number): Promise<number[]>;
  /** At most 200 a request; ids that are gone or not ours are left out. */
  summaries(workItemIds: readonly number[]): Promise<TileSummary[]>;
  /** The same of whole tiles, at most 50 a request. */
  tiles(workItemIds: readonly number[]): Promise<Tile[]>;
  /** Undefined when it is deleted or not ours to see. */
  tile(workItemId: number): Promise<Tile | undefined>;
  /** Whether the board counts work in the tile's state as done. */
  isDone(tile: Pick<Tile, 'type' | 'state'>): Promise<boolean>;
  /** Those of these, wherever they stand, that are not over; one that is gone, or not ours to see, holds nobody up. */
  unfinished(workItemIds: readonly number[]): Promise<{ workItemId: number; state: string }[]>;
  /** What the attachment, or the file that people pasted into a text, holds. */
  attachment(attachment: Pick<Attachment, 'id' | 'name'>): Promise<Uint8Array>;
  /** The text as Markdown, in which the tracker's own files are named as `pasted-file.ts` says. */
  markdownOf(text: StoredText): Promise<string>;
  lastStateChange(workItemId: number): Promise<StateChange | undefined>;
  /** The change of state that made this revision; undefined where it made none. */
  stateChange(workItemId: number, rev: number): Promise<StateChange | undefined>;
  /** Oldest first, deleted ones left out. */
  comments(workItemId: number): Promise<TileComment[]>;
}

/** What is asked of the tracker before any work item is begun. */
export interface TrackerChecks {
  /** The names of the states of each type of work item in our project, in the board's order, as they are now. */
  stateNames(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** The names of the projects that our token sees. */
  projectsSeen(): Promise<string[]>;
  /** The fields of each type of work item in our project. */
  fieldNames(): Promise<ReadonlyMap<string, readonly FieldName[]>>;
  /** All areas of our project, each with the areas above it, as work items name them. */
  areas(): Promise<readonly string[]>;
  /** The names of the teams of our project, where the tracker has teams. */
  teams(): Promise<readonly string[]>;
  /** The names of the boards of one of them. */
  boardsOf(team: string): Promise<readonly string[]>;
  /** The tags that exist in our project. */
  tags(): Promise<readonly string[]>;
  /** Whether our account may make new tags; undefined where the tracker does not say. */
  mayCreateTags(): Promise<boolean | undefined>;
  /** People and groups with exactly this id, mail address, sign-in name or display name. */
  accounts(text: string): Promise<readonly Account[]>;
}

/** A field as programs and as people call it. */
export interface FieldName {
  id: string;
  label: string;
}

/** A person, or a group of people. */
export interface Account extends Person {
  isGroup: boolean;
}

export interface TileMove {
  /** The move is refused (OutsideError `conflict`) when the tile is not at this revision any more. */
  rev: number;
  state?: string;
  tags?: readonly string[];
  /** Further fields, as the tracker's own tool names them. */
  fields?: Readonly<Record<string, unknown>> | undefined;
}

/** A work item to be made. */
export interface ChildDraft {
  type: string;
  /** Its title and what else it begins with, as the tracker's own tool names them. */
  fields: Readonly<Record<string, unknown>>;
  /** Borne beside the tags that the fields name; by it the child is found again. */
  tag: string;
}

export interface TrackerWrites {
  move(permit: Permit, workItemId: number, move: TileMove): Promise<{ rev: number }>;
  addComment(permit: Permit, workItemId: number, markdown: string): Promise<TileComment>;
  editComment(permit: Permit, workItemId: number, commentId: number, markdown: string): Promise<TileComment>;
  /** A child of the permit's work item. */
  createChild(permit: Permit, draft: ChildDraft): Promise<{ workItemId: number }>;
  /** Adds a link to a web page, or to a pull request by its artifact; a link that is there already is success. */
  link(permit: Permit, workItemId: number, rev: number, url: string, comment: string): Promise<void>;
}

export type Tracker = TrackerReads & TrackerChecks & TrackerWrites;
