/** The nouns of the boards emulator: people, work item types, work items with their revisions and comments. */

/** A person, or an account of a program, of one organization; the role only tells tests and pages who plays which part. */
interface PersonOptions {
  name: string;
  mail: string;
  pat: string;
  role: 'agent' | 'engineer' | 'other';
  /** What this person may do in repositories; to contribute where it is missing. */
  code?: 'contribute' | 'read';
}

export interface Person extends PersonOptions {
  /** GUID, the same on every start. */
  id: string;
  descriptor: string;
}

type StateCategory = 'Proposed' | 'InProgress' | 'Resolved' | 'Completed' | 'Removed';

export interface WorkItemType {
  name: string;
  referenceName: string;
  /** Six hex digits. */
  color: string;
  /** In the order of the board; the first is the only one a work item can be created in. */
  states: readonly { name: string; category: StateCategory; color: string }[];
  /** Where a state may go; a state that is missing here may go anywhere. */
  transitions?: Readonly<Record<string, readonly string[]>>;
}

export interface RepositoryOptions {
  name: string;
  /** The bare repository. */
  directory: string;
  policies?: readonly BranchPolicy[];
}

/** What a branch does not allow, whoever asks. */
export interface BranchPolicy {
  /** `*` stands for any characters. */
  branch: string;
  refuses: 'push' | 'creation' | 'completion';
  /** What people are told, such as `TF402455: Pushes to this branch are not permitted.` */
  words: string;
}

export interface TenantOptions {
  organization: string;
  project: string;
  /** Further projects of the same organization, for what must not reach into them. */
  otherProjects?: readonly string[];
  /** Area paths below the project's own, such as `Acme\Web`. */
  areas?: readonly string[];
  people: readonly PersonOptions[];
  workItemTypes?: readonly WorkItemType[];
  /** Git repositories of the project. */
  repositories?: readonly RepositoryOptions[];
}

export interface Project {
  id: string;
  name: string;
}

export type FieldValue = string | number | boolean | Person;
export type Fields = Record<string, FieldValue>;
export type TextFormat = 'markdown' | 'html';

export interface Relation {
  rel: string;
  url: string;
  attributes: Record<string, unknown>;
}

/** What one change left behind: a whole snapshot, never altered. */
export interface Revision {
  rev: number;
  /** Counts every revision of the organization. */
  watermark: number;
  /** ISO time. */
  at: string;
  /** Whose token made it, whatever System.ChangedBy says. */
  authorizedBy: Person;
  fields: Readonly<Fields>;
  relations: readonly Relation[];
  formats: Readonly<Record<string, TextFormat>>;
  commentVersion?: { commentId: number; version: number };
}

export interface CommentVersion {
  version: number;
  text: string;
  format: TextFormat;
  by: Person;
  at: string;
  isDeleted: boolean;
}

export interface Comment {
  id: number;
  /** Oldest first, never empty. */
  versions: readonly [CommentVersion, ...CommentVersion[]];
}

export interface WorkItem {
  id: number;
  /** Oldest first, never empty. */
  revisions: readonly [Revision, ...Revision[]];
  comments: readonly Comment[];
  deleted?: { by: Person; at: string };
}

/** An uploaded file, which work items may link to. */
export interface StoredFile {
  name: string;
  bytes: Uint8Array;
  /** ISO time. */
  at: string;
}

/** Who wants to be told of which events, by a POST to an address. */
export interface HookSubscription {
  /** GUID. */
  id: string;
  eventType: string;
  resourceVersion: string;
  /** Narrow the events down; an empty one narrows nothing. */
  publisherInputs: Readonly<Record<string, string>>;
  consumerInputs: Readonly<Record<string, string>>;
  createdBy: Person;
  /** ISO time. */
  createdAt: string;
  /** `http://host/organization` as the subscriber called us; addresses in what is sent begin with it. */
  base: string;
  /** How often it was told something. */
  told: number;
}

/** Told to the owner of the emulator after every change that was stored. */
export interface Change {
  organization: string;
  kind: 'created' | 'updated' | 'commented' | 'deleted';
  workItemId: number;
  rev: number;
  by: Person;
}
