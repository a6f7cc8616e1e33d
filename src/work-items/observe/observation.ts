/** What an observer is given, and what it may say. */
import type { Clock } from '../../base/clock.ts';
import type { Refusal } from '../../refusal.ts';
import type { CodeHost } from '../code-host.ts';
import type { Gate } from '../gate/approval.ts';
import type { LifecycleEvent } from '../lifecycle/events.ts';
import type { StateMapping } from '../phase.ts';
import type { Source } from '../source.ts';
import type { Tile, TrackerReads } from '../tracker.ts';
import type { WorkItem } from '../work-item.ts';

/** What of its configuration an agent looks at its items by. */
export interface ObserveRules {
  mapping: StateMapping;
  /** Types, area and tag of the items we take up. */
  takes: (tile: Tile) => boolean;
  /** After how long without a decision people are reminded of a plan. */
  remindAfterHours: number;
  /** The branch that our pull requests go into. */
  targetBranch: string;
  branchOf: (item: WorkItem) => string;
  configDigest: string;
}

export interface ObserveOptions {
  rules: ObserveRules;
  tracker: TrackerReads;
  codeHost: CodeHost;
  source: Source;
  gate: Gate;
  /** The identities of all agents of this platform: their ids at the tracker, their accounts at the code host. */
  agentIdentities: readonly string[];
  clock: Clock;
}

/** An event, nothing new, or why it could not be told. */
export type Observation = LifecycleEvent | Refusal | undefined;
