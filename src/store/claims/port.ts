/**
 * The port of claims: which node has which session, and until when. It is about one row a session, and its seven calls are all.
 *
 * wake -> due -> claim -> renew ... -> release; what a node leaves behind is due again when its lease is over.
 */
import type { AgentId } from '../../agents/agent-id.ts';
import type { SessionId } from '../../broker/session-id.ts';
import type { Refusal } from '../../refusal.ts';
import type { SessionKey, TurnKey } from '../fence.ts';

export interface DueSession extends SessionKey {
  readonly agentId: AgentId;
  readonly sessionId: SessionId;
  /** The number of its last claim. Given back to `claim`, it wins only if nobody had the session since. */
  readonly epoch: number;
  /** The order among others: lower ranks start first. */
  readonly rank?: number;
  /** Who had its last turn, if that one's lease ran out. */
  readonly lostBy?: string;
  /** How long it has been due, in milliseconds. */
  readonly lateMs: number;
}

export interface DueOptions {
  readonly max: number;
  /** None of these agents. */
  readonly without?: readonly string[];
  /** Of these agents only the session `main`. */
  readonly onlyMain?: readonly string[];
}

export interface ClaimOptions extends SessionKey {
  /** Who has the lease: a name that is unique for each node and start. */
  readonly owner: string;
  readonly leaseMs: number;
  /** The epoch at which the session was seen to be due. */
  readonly epoch?: number;
}

/** A session that is claimed, until the lease is over. */
export interface Held extends TurnKey {
  /** The number of claims in a row that did not end cleanly, including this one. */
  readonly deaths: number;
  /** When the first of these claims began, milliseconds since 1970. */
  readonly dyingSince: number;
}

export interface Renewal {
  readonly renewed: readonly TurnKey[];
  /** Those that surely have their session no more. A turn that is in neither list is unknown: its lease goes on as it was. */
  readonly lost: readonly TurnKey[];
}

export interface ReleaseOptions extends TurnKey {
  /**
   * How the turn ended. `rested`: its messages are finished. `unstarted` (not counted as a death) and `broke`: they are delivered
   * again. `gave-up`: they are dropped, because every turn with them failed.
   */
  readonly end: 'rested' | 'unstarted' | 'broke' | 'gave-up';
  /**
   * The time of its next turn, milliseconds since 1970. Unless the turn `rested`, no turn begins before, even if messages arrive.
   */
  readonly wakeAt?: number;
  /** What the session waits for, if it waits. */
  readonly why?: Refusal;
}

export interface Claims<Options extends ClaimOptions = ClaimOptions, Claim extends Held = Held> {
  /** Plans a turn at `at` (by default now), unless an earlier one is planned. Also for a session whose turns failed. */
  wake(session: SessionKey, at?: number): Promise<void>;
  /** Stores why a due session has no turn yet; it stays due. */
  wait(session: SessionKey, why: Refusal): Promise<void>;
  /** Sessions that are due and have no turn; the one that has been due for longest comes first. */
  due(options: DueOptions): Promise<DueSession[]>;
  /** Undefined if another owner has the session. */
  claim(options: Options): Promise<Claim | undefined>;
  /** Gives these turns a new lease, unless theirs is over. */
  renew(turns: readonly TurnKey[], leaseMs: number): Promise<Renewal>;
  /** Returns false and changes nothing if the turn was already over. */
  release(options: ReleaseOptions): Promise<boolean>;
  /** Ends all turns of the owner, or of everybody, who surely works no more; they are not counted as deaths. */
  giveBack(owner?: string): Promise<void>;
}
