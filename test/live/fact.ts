/** What the live kit tries: one sentence about a system outside, and whether it is so there. */
import { messageOf, OutsideError } from '../../src/base/errors.ts';
import { startOf } from '../../src/documents/cut.ts';
import type { Board } from './places/board.ts';
import type { Code } from './places/code.ts';
import type { LiveInstance } from './places/instance.ts';
import type { SlackChannel } from './places/slack.ts';
import type { Need } from './settings.ts';

/** The systems that a fact may need, as far as the settings name them. */
export interface Systems {
  board: Board;
  repos: Code;
  github: Code;
  slack: SlackChannel;
  instance: LiveInstance;
}

/** Where we have it from: the maker's pages, recorded answers, somebody who saw it, or our own judgement. */
type Source = 'documented' | 'recorded' | 'reported' | 'assumed';

export type Verdict =
  | { verdict: 'holds'; seen?: string }
  | { verdict: 'does not hold'; seen: string }
  | { verdict: 'not tried'; why: string };

export interface Fact<N extends Need = Need> {
  id: string;
  /** One sentence, as it should be. */
  fact: string;
  source: Source;
  /** The file that relies on it. */
  usedIn: string;
  needs: readonly N[];
  try(systems: Pick<Systems, N>): Promise<Verdict>;
}

const charsMax = 240;
const short = (text: string) => startOf(text.replace(/\s+/g, ' ').trim(), charsMax);

export const notTried = (why: string): Verdict => ({ verdict: 'not tried', why: short(why) });

/** `seen` is what there was, said in either case. */
export function judge(isSo: boolean, seen: string): Verdict {
  return { verdict: isSo ? 'holds' : 'does not hold', seen: short(seen) };
}

/** A system that gave no usable answer says nothing about a fact; any other error is an answer that was not expected. */
export function verdictOfError(error: unknown): Verdict {
  const isNoAnswer = error instanceof OutsideError && error.retryable;
  return isNoAnswer ? notTried(messageOf(error)) : judge(false, messageOf(error));
}
