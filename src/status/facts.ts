/** What a status is told from: facts of one moment. The rows of the store fit these forms as they are. */
import type { Agent } from '../agents/agent.ts';
import type { Trusted } from '../agents/trust.ts';
import type { Proposal } from '../conversations/proposal.ts';
import type { Refusal } from '../refusal.ts';
import type { Hold } from '../work-items/lifecycle/hold.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { SeenFinding } from './finding.ts';

/** A session without its log. Times are milliseconds since 1970. */
export interface SessionFacts {
  readonly agentId: string;
  readonly sessionId: string;
  readonly workItemId?: number;
  readonly item?: WorkItem;
  /** Why its last turn came to rest, where that was not an end. */
  readonly waits?: Refusal;
  /** When it wants its next turn. */
  readonly wakeAt?: number;
  /** No turn begins before. */
  readonly notBefore?: number;
  /** A turn has it until then. */
  readonly leaseUntil?: number;
  readonly lastActiveAt: number;
}

/** What is remembered of an agent between its turns. */
export interface RecordFacts {
  readonly pausedAt?: number;
  readonly hold?: Hold;
  readonly modelFault?: Refusal & { readonly since: number; readonly until: number };
  readonly lastHeartbeatAt?: number;
  /** The last look at its board that succeeded, milliseconds since 1970. */
  readonly lastLookAt?: number;
  /** When its tokens expire, by name, milliseconds since 1970, where that is known. */
  readonly tokenExpiries?: Readonly<Record<string, number>>;
  readonly trusted?: Trusted;
}

export interface PlatformFacts {
  /** Whether a supervisor runs on the workspace. */
  readonly isUp: boolean;
  readonly pausedAt?: number | undefined;
  /** Why no agent could work if the platform were started now. */
  readonly standstill?: Refusal | undefined;
  readonly now: number;
}

/** How the agent's Slack app is connected; `missing` where there is no such app. */
export interface SlackAppFacts {
  readonly name: string;
  readonly state: 'connected' | 'connecting' | 'dead' | 'missing';
  readonly fault?: Refusal;
  /** Since when, milliseconds since 1970. */
  readonly at?: number;
}

export interface AgentFacts {
  readonly id: string;
  /** Undefined where its files have faults. */
  readonly agent?: Agent;
  /** The faults of its files. */
  readonly fault?: Refusal;
  readonly record: RecordFacts;
  /** Other nodes that work and have its trusted files, where those of this node differ. */
  readonly trustedOn?: readonly string[] | undefined;
  readonly platform: PlatformFacts;
  /** Those that something is going on with, or was within a day, and `main`. */
  readonly sessions: readonly SessionFacts[];
  /** When its heartbeat brings the next look at its board, milliseconds since 1970; undefined where it does not. */
  readonly nextBeatAt?: number | undefined;
  readonly usdToday: number;
  /** What it proposes to change on its instance, and nobody has decided yet. */
  readonly proposals: readonly Proposal[];
  /** What the last looks at its systems found wrong with its present configuration. */
  readonly findings: readonly SeenFinding[];
  /** Only where the agent is to be heard in Slack. */
  readonly slackApp?: SlackAppFacts | undefined;
}

export interface ItemFacts {
  readonly agent: AgentFacts;
  readonly workItemId: number;
  /** Undefined while the agent has not taken it up. */
  readonly session?: SessionFacts | undefined;
  /** Why effects that it owes were refused when they were last tried. */
  readonly refusedEffects: readonly Refusal[];
  /** Whether a person asked for something that no turn has begun with. */
  readonly isAsked: boolean;
  /** Where people see it. */
  readonly page?: string | undefined;
  /** What the board says of an item that the agent has not taken up; undefined where it was not asked. */
  readonly board?: BoardAnswer | undefined;
}

/** What keeps something from going on: the code where there is one, why, and what to do about it. */
export interface Keeps {
  readonly code: Refusal['refused'] | null;
  readonly why: string;
  readonly fix: string;
  readonly waitingFor: string;
}

export interface BoardAnswer {
  /** Whether the board could be asked; else `keeps` says why not. */
  readonly isReached: boolean;
  /** The board has no such item, so nothing is waited for. */
  readonly isMissing?: true;
  /** Why the agent does not start the item; undefined where the next look would start it. */
  readonly keeps?: Keeps | undefined;
}

export function isRunning({ leaseUntil }: Pick<SessionFacts, 'leaseUntil'>, now: number): boolean {
  return leaseUntil !== undefined && leaseUntil > now;
}

/** Whether it has a turn as soon as there is room for one. */
export function isDue({ wakeAt, notBefore = 0, leaseUntil }: SessionFacts, now: number): boolean {
  if (leaseUntil !== undefined) return leaseUntil <= now && notBefore <= now;
  return wakeAt !== undefined && wakeAt <= now && notBefore <= now;
}
