/** What a live test says at its end: a table or one JSON document, and the counts. */
import { countOf } from '../../src/base/text/count-of.ts';
import type { Print } from '../../src/cli/print.ts';
import type { Verdict } from './fact.ts';
import type { LiveReport, Tried } from './run.ts';

const countsOf = (tried: readonly Tried[]) => {
  const of = (wanted: Verdict['verdict']) => tried.filter(({ verdict }) => verdict.verdict === wanted).length;
  return { passed: of('holds'), failed: of('does not hold'), skipped: of('not tried') };
};

function wordsOf(verdict: Verdict): string {
  if (verdict.verdict === 'holds') return verdict.verdict;
  return `${verdict.verdict}: ${verdict.verdict === 'not tried' ? verdict.why : verdict.seen}`;
}

/** Whether nothing is to be done: no fact failed, nothing was left, nobody stopped it. */
export function isGood({ tried, left, isStopped }: LiveReport): boolean {
  return countsOf(tried).failed === 0 && left.length === 0 && !isStopped;
}

export function printJson(print: Print, { run, tried, removed, left, isStopped }: LiveReport): void {
  const facts = tried.map(({ fact: { id, fact, source, usedIn, needs }, verdict, against }) => {
    return { id, fact, source, usedIn, needs, against, ...verdict };
  });
  print.json({ run, facts, ...countsOf(tried), removed, left, isStopped });
}

export function printTable(print: Print, { tried, removed, left, isStopped }: LiveReport): void {
  print.table(
    ['FACT', 'VERDICT'],
    tried.map(({ fact, verdict }) => [fact.id, wordsOf(verdict)]),
  );
  for (const { fact, verdict } of tried) {
    if (verdict.verdict === 'does not hold') print.line(`${fact.id}: ${fact.fact} ${fact.usedIn} relies on it.`);
  }
  const emulated = tried.filter(({ against }) => against === 'emulator').length;
  if (emulated > 0)
    print.line(
      `Not run live: ${countOf(emulated, 'verdict')} about emulators on this machine, not about the real systems.`,
    );
  if (removed.length > 0) print.line(`Removed ${countOf(removed.length, 'thing')} that it had made.`);
  for (const what of left) print.line(`Left behind: ${what}`);
  if (left.length > 0) print.line('Run `jvagent test live` again to remove it.');
  if (isStopped) print.line('Stopped before all facts were tried.');
  const { passed, failed, skipped } = countsOf(tried);
  print.line(`${passed} passed, ${failed} failed, ${skipped} skipped`);
}
