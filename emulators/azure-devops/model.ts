/** The data types of the boards emulator: people, work item types, work items with their revisions and comments. */

/** A person or program account of one organization; tests and pages use the role to choose who acts. */
interface PersonOptions {
  name: string;
  mail: string;
  /** Without a token nobody can call as this person. */
  pat?: string;
  role: 'agent' | 'engineer' | 'other';
  /** What this person may do in repositories; `contribute` by default. */
  code?: 'contribute' | 'read';
}

export interface Person extends PersonOptions {
  /** GUID, the same on every start; a new name or account keeps it. */
  id: string;
  descriptor: string;
  /** Only a group has members. */
  members?: readonly Person[];
}

interface GroupOptions {
  /** Without the project: `Release approvers`. */
  name: string;
  /** Mail addresses. */
  members: readonly string[];
  isTeam?: boolean;
}

type StateCategory = 'Proposed' | 'InProgress' | 'Resolved' | 'Completed' | 'Removed';

/** A rule of the process; without `types` it is for all types, and `except` lists mail addresses and names of groups. */
export type ProcessRule = { types?: readonly string[] | undefined } & (
  | { kind: 'required'; field: string; states?: readonly string[] | undefined }
  | { kind: 'readOnly'; field: string; except?: readonly string[] | undefined }
  | { kind: 'transition'; from?: string | undefined; to: string; except?: readonly string[] | undefined }
);

export interface WorkItemType {
  name: string;
  referenceName: string;
  /** Six hex digits. */
  color: string;
  /** In the order of the board; new work items must be in the first state. */
  states: readonly { name: string; category: StateCategory; color: string }[];
  /** The allowed next states of a state; a state without an entry can change to any other. */
  transitions?: Readonly<Record<string, readonly string[]>>;
}

export interface RepositoryOptions {
  name: string;
  /** The bare repository. */
  directory: string;
  policies?: readonly BranchPolicy[];
}

/** What nobody may do on a branch. */
export interface BranchPolicy {
  /** `*` matches any characters. */
  branch: string;
  refuses: 'push' | 'creation' | 'completion';
  /** The error message, such as `TF402455: Pushes to this branch are not permitted.` */
  words: string;
}

export interface TenantOptions {
  organization: string;
  project: string;
  /** More projects of the same organization, to test that nothing crosses into them. */
  otherProjects?: readonly string[];
  /** Area paths below the project's own, such as `Acme\Web`. */
  areas?: readonly string[];
  /** Iterations below the project's own, such as `Acme\Sprint 1`. */
  iterations?: readonly string[];
  people: readonly PersonOptions[];
  /** Groups of the project, in addition to its own team, which everybody belongs to. */
  groups?: readonly GroupOptions[];
  workItemTypes?: readonly WorkItemType[];
  /** What the process demands of every change; it can be changed at any time. */
  rules?: readonly ProcessRule[];
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

/** The result of one change: a complete snapshot that never changes. */
export interface Revision {
  rev: number;
  /** Counts all revisions of the organization. */
  watermark: number;
  /** ISO time. */
  at: string;
  /** The owner of the token that made it; System.ChangedBy can differ. */
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

/** A subscription: which events are sent by POST to which url. */
export interface HookSubscription {
  /** GUID. */
  id: string;
  eventType: string;
  resourceVersion: string;
  /** Filters for events; an empty input does not filter. */
  publisherInputs: Readonly<Record<string, string>>;
  consumerInputs: Readonly<Record<string, string>>;
  createdBy: Person;
  /** ISO time. */
  createdAt: string;
  /** `http://host/organization` as the subscriber called us; urls in sent events begin with it. */
  base: string;
  /** How many events were sent to it. */
  told: number;
}

/** A stored change, as the owner of the emulator sees it. */
export interface Change {
  organization: string;
  kind: 'created' | 'updated' | 'commented' | 'deleted';
  workItemId: number;
  rev: number;
  by: Person;
}
