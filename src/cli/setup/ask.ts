/** How a person is asked at a terminal, so that the questions do not depend on how they look. Every text may hold outside text. */

export interface Choice<T> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string | undefined;
}

export interface TextQuestion {
  readonly message: string;
  /** Shown while nothing is typed; not an answer. */
  readonly example?: string | undefined;
  /** Already typed; the person can change it. */
  readonly initial?: string | undefined;
}

/** If the person ends the questions with Ctrl-C, each of these throws a CommandFailure. */
export interface Ask {
  say(text: string, tone?: 'plain' | 'good' | 'warning' | 'bad'): void;
  /** Trimmed; empty if the person only pressed Enter. */
  text(question: TextQuestion): Promise<string>;
  /** The same, but what is typed is not shown. */
  secret(message: string): Promise<string>;
  choose<T>(message: string, choices: readonly Choice<T>[], initial?: T): Promise<T>;
  /** None, one or several of the choices. */
  several<T>(message: string, choices: readonly Choice<T>[], initial: readonly T[]): Promise<T[]>;
  /** Shows that something is being looked up. */
  during<T>(message: string, work: () => Promise<T>): Promise<T>;
}
