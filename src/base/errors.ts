/** The error of everything outside our processes, which says whether trying again can help. */

export interface OutsideErrorFacts {
  /** Which outside system, in words a person knows: "Azure DevOps (acme)". */
  system: string;
  /** What was asked of it, without secrets: "PATCH /acme/_apis/wit/workItems/7". */
  request: string;
  /** HTTP status, where there was an answer. */
  status?: number | undefined;
  /** The kind of failure; `unreachable` is no answer, `limited` is "not now", `auth` a dead or too narrow token. */
  kind: 'auth' | 'limited' | 'conflict' | 'missing' | 'refused' | 'unreachable' | 'failed';
  /** How long the other side asked us to wait, milliseconds. */
  retryAfterMs?: number | undefined;
  /** Whether the request may have been carried out although no good answer came. */
  maybeDone?: boolean | undefined;
  /** The other side's own error name, such as `TestPatchOperationFailedException`. */
  typeKey?: string | undefined;
}

/** Thrown by connectors, git and the sandbox for what the other side did; anything else thrown is a bug. */
export class OutsideError extends Error {
  readonly facts: OutsideErrorFacts;

  constructor(message: string, facts: OutsideErrorFacts, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutsideError';
    this.facts = facts;
  }

  /** Whether the same request may succeed later with nobody changing anything. */
  get retryable(): boolean {
    return ['limited', 'unreachable', 'failed'].includes(this.facts.kind);
  }
}

/** The text of anything thrown, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Ends the turn with a stack: for what can only be a bug of ours. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`);
}
