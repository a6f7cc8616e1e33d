/** What an observer is given, and what it may say. */
import type { Refusal } from '../refusal.ts';
import type { Gate } from './approval.ts';
import type { CodeHost } from './code-host.ts';
import type { LifecycleEvent } from './lifecycle-events.ts';
import type { StateMapping } from './phase.ts';
import type { Tile, TrackerReads } from './tracker.ts';
import type { WorkItem } from './work-item.ts';

export interface ObserveOptions {
  mapping: StateMapping;
  /** Types, area and tag of the items we take up. */
  takes: (tile: Tile) => boolean;
  tracker: TrackerReads;
  codeHost: CodeHost;
  gate: Gate;
  /** Ids of the identities of all agents of this platform. */
  agentIdentities: readonly string[];
  branchOf: (item: WorkItem) => string;
}

/** An event, nothing new, or why it could not be told. */
export type Observation = LifecycleEvent | Refusal | undefined;
