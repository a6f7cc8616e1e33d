/** One question about a new agent, and how its answer is tested: the same way as `doctor` and the agent's work use it. */

import { type Check, findingsOf } from '../../checks/finding.ts';
import type { Connected } from '../../checks/own-agent.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import type { Finding } from '../../status/finding.ts';
import type { Answers } from './answers.ts';
import type { Ask } from './ask.ts';
import { faultsOf, type LookOutside } from './trial.ts';

export interface Question {
  /** Asks; undefined if the person leaves it for later. A refusal says why the answer cannot be used; then it is asked again. */
  ask(ask: Ask, answers: Answers, look: LookOutside): Promise<Partial<Answers> | Refusal | undefined>;
  /** What is asked of the real systems about the answer; nothing if what that needs is not answered. */
  looks?(answers: Answers): readonly ((own: Connected) => ReturnType<Check['look']>)[];
}

const failed = (code: Refusal['refused'], what: string, fix: string): Finding => ({
  ...{ id: '', status: 'fail', code },
  ...{ what, fix },
});

/** Faults of the files that the answers make, then what the real systems say. */
async function findingsAbout(answers: Answers, { looks }: Question, look: LookOutside): Promise<readonly Finding[]> {
  const faults = faultsOf(answers);
  if (faults.length > 0)
    return faults.map(({ code, message, fix, path }) => failed(code, path ? `${path}: ${message}` : message, fix));
  const all = looks?.(answers) ?? [];
  if (all.length === 0) return [];
  const found = await look(answers, (own) =>
    findingsOf(
      all.map((each) => ({ id: '', look: () => each(own) })),
      { agentId: answers.id, placeOf: () => ({}) },
    ),
  );
  return isRefusal(found) ? [failed(found.refused, found.why, found.fix)] : found;
}

function report(ask: Ask, { status, what, fix, code }: Finding): void {
  const words = [code ? `${code}: ${what}` : what, fix].filter(Boolean).join('\n');
  ask.say(words, ({ ok: 'good', warn: 'warning', fail: 'bad' } as const)[status]);
}

export interface Asking {
  readonly ask: Ask;
  readonly look: LookOutside;
}

/** Asks until the answer holds or is left for later; returns all answers so far. */
export async function askUntilSound({ ask, look }: Asking, question: Question, answers: Answers): Promise<Answers> {
  for (;;) {
    const given = await question.ask(ask, answers, look);
    if (given === undefined) return answers;
    if (isRefusal(given)) {
      ask.say(`${given.why}\n${given.fix}`, 'bad');
      continue;
    }
    const secrets = { ...answers.secrets, ...given.secrets };
    const next: Answers = { ...answers, ...given, secrets };
    const findings = await ask.during('Checking', () => findingsAbout(next, question, look));
    for (const finding of findings) report(ask, finding);
    if (!findings.some(({ status }) => status === 'fail')) return next;
  }
}
