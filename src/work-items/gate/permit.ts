/** A permit: the right to make one mutating call, given after a live check, spent once and within 30 seconds. */
import type { Clock } from '../../base/clock.ts';
import { limits } from '../../limits.ts';
import { type Refusal, refuse } from '../../refusal.ts';

export type PermitKind =
  | 'claim-plan'
  | 'post-plan'
  | 'report'
  | 'execute'
  | 'push'
  | 'open-pr'
  | 'label-pr'
  | 'ask-review'
  | 'deploy'
  | 'rollback';

/** What a permit is good for; a call that names anything else is refused. */
export interface PermitBinding {
  kind: PermitKind;
  agentId: string;
  /** Where the tracker keeps the work items: organization and project, `acme/AcmeImplementation`. */
  tenant: string;
  workItemId: number;
  /** The revision of the tile that the live check saw; 0 where it is gone. */
  rev: number;
  planHash?: string;
  sha?: string;
  branch?: string;
  /** The number of the item's pull request, which it is to change. */
  pullRequest?: number;
  configDigest: string;
}

/** What a permit of a conversation is good for. */
export interface ConversationBinding {
  kind: 'say' | 'person-decision' | 'conversation-write';
  agentId: string;
  sessionId: string;
  /** Where the words go: `slack/<app>/<channel>`, or a mail address. */
  address?: string;
  /** Of what a person was shown: a plan or a proposal. */
  hash?: string;
  configDigest: string;
}

export type AnyPermitKind = PermitKind | ConversationBinding['kind'];

type Given = 'agentId' | 'configDigest' | 'kind';

/** What a call is about to do; everything named must be what the permit is bound to. */
export type PermitUse = Partial<Omit<PermitBinding, Given> & Omit<ConversationBinding, Given>>;

/** Only the folders `gate/` mint them, which a tidy test checks; no engine and no tool ever holds one. */
export class Permit<Binding extends PermitBinding | ConversationBinding = PermitBinding> {
  readonly id: string;
  readonly binding: Readonly<Binding>;
  readonly #clock: Clock;
  readonly #checkedAt: number;
  #spent = false;

  private constructor(id: string, binding: Binding, clock: Clock, checkedAt: number) {
    this.id = id;
    this.binding = Object.freeze<Binding>({ ...binding });
    this.#clock = clock;
    this.#checkedAt = checkedAt;
  }

  /** `checkedAt` is when its live check began, milliseconds since 1970: its age counts from there. */
  static mint<Binding extends PermitBinding | ConversationBinding>(
    id: string,
    binding: Binding,
    clock: Clock,
    checkedAt = clock.now(),
  ): Permit<Binding> {
    return new Permit(id, binding, clock, checkedAt);
  }

  /** Spends it for one call of one of these kinds: undefined when the call may go out, else why not. */
  spend(kinds: readonly AnyPermitKind[], use: PermitUse): Refusal | undefined {
    const bound: PermitUse & { kind: AnyPermitKind } = this.binding;
    if (!kinds.includes(bound.kind)) {
      return refuse('GATE_TENANT', `a permit to ${bound.kind} was used to ${kinds.join(' or ')}`);
    }
    const differing = Object.entries(use).filter(([key, value]) => bound[key as keyof PermitUse] !== value);
    if (differing.length > 0) {
      const names = differing.map(([key]) => key).join(', ');
      const whose = bound.sessionId ?? `work item ${bound.workItemId}`;
      return refuse('GATE_TENANT', `a permit for another ${names} was used for ${whose}`);
    }
    if (this.#spent) return refuse('GATE_UNVERIFIABLE', 'a permit was used twice');
    const ageMs = this.#clock.now() - this.#checkedAt;
    if (ageMs > limits.permitSeconds * 1_000) {
      return refuse('GATE_UNVERIFIABLE', `a permit was used ${Math.round(ageMs / 1_000)} s after its check`);
    }
    this.#spent = true;
    return undefined;
  }
}

/** What goes out through the shared HTTP client: of a work item, or of a conversation. */
export type AnyPermit = Permit | Permit<ConversationBinding>;
