/** The error for everything outside our processes; it says whether a retry can help. */

export interface OutsideErrorFacts {
  /** The outside system, with a name that people know: "Azure DevOps (acme)". */
  system: string;
  /** The request, without secrets: "PATCH /acme/_apis/wit/workItems/7". */
  request: string;
  /** The HTTP status, if there was an answer. */
  status?: number | undefined;
  /**
   * The kind of failure: `unreachable` means no answer, `limited` means "not now", `auth` means an invalid token or missing rights,
   * `moved` a new address, `version` a server too old for our version of its API.
   */
  kind: 'auth' | 'limited' | 'conflict' | 'missing' | 'refused' | 'unreachable' | 'failed' | 'moved' | 'version';
  /** How long the other side asked us to wait, in milliseconds. */
  retryAfterMs?: number | undefined;
  /** The same as a moment, in milliseconds since 1970. */
  until?: number | undefined;
  /** The setting that holds the address, such as `GIT_REMOTE`, and what it should be, where the kind is `moved`. */
  moved?: { setting: string; to: string } | undefined;
  /** Whether the request may have been executed although no good answer came. */
  maybeDone?: boolean | undefined;
  /** The name of the secret whose value was sent, such as `GIT_TOKEN`, where the answer was about it. */
  token?: string | undefined;
  /** What a person can do, where the kind alone does not tell. */
  fix?: string | undefined;
  /** The other side's name for the error, such as `TestPatchOperationFailedException`. */
  typeKey?: string | undefined;
}

/** Thrown by connectors, git and the sandbox if the other side failed; any other exception is a bug. */
export class OutsideError extends Error {
  readonly facts: OutsideErrorFacts;

  constructor(message: string, facts: OutsideErrorFacts, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutsideError';
    this.facts = facts;
  }

  /** Whether the same request may succeed later without any change. */
  get retryable(): boolean {
    return ['limited', 'unreachable', 'failed'].includes(this.facts.kind);
  }
}

/** The message of any thrown value, without the stack. */
export function messageOf(error: unknown): string {
  // A name with several addresses, none of which answers: its own message is empty.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** Throws if `condition` is false, which can only be a bug. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`);
}
