/** Why a command ends with exit code 1, in words for the person who gave it. */
import { type Code, isRefusal, type Refusal } from '../refusal.ts';

/** Thrown by commands for an expected no; its message is all that is printed, and nothing is when the command has said it. */
export class CommandFailure extends Error {
  /** Of the refusal that it tells, where it tells one. */
  readonly code: Code | undefined;

  constructor(message: string, code?: Code) {
    super(message);
    this.code = code;
  }
}

/** Nothing that is said of work items would be true of an agent without a board. */
export const noBoard = (id: string) => new CommandFailure(`${id} has no board: it answers questions.`);

export function failureOf({ refused, why, fix }: Refusal): CommandFailure {
  return new CommandFailure(`${refused}: ${why}\n${fix}`, refused);
}

/** The value, or a failure in the refusal's words. */
export function granted<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw failureOf(value);
  return value;
}
