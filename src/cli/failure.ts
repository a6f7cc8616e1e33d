/** Why a command ends with exit code 1, in words for the person who ran it. */
import { type Code, isRefusal, type Refusal } from '../refusal.ts';

/** Thrown by commands for an expected failure. Only its message is printed; an empty one if the command has said it already. */
export class CommandFailure extends Error {
  /** The code of the refusal, if it is one. */
  readonly code: Code | undefined;

  constructor(message: string, code?: Code) {
    super(message);
    this.code = code;
  }
}

/** For commands about work items, given for an agent without a board. */
export const noBoard = (id: string) => new CommandFailure(`${id} has no board: it answers questions.`);

export function failureOf({ refused, why, fix }: Refusal): CommandFailure {
  return new CommandFailure(`${refused}: ${why}\n${fix}`, refused);
}

/** The value, or a failure in the refusal's words. */
export function granted<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw failureOf(value);
  return value;
}
