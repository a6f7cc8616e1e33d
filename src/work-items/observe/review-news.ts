/**
 * What is new on a pull request for the engine: words of people who may steer, and checks that failed, each told once.
 *
 * Every line that somebody else wrote begins with a quote mark, so that nobody's words pass for another's or for ours.
 */
import { startOf } from '../../documents/cut.ts';
import type { Check, PullRequest, ReviewNote } from '../code-host.ts';
import { isAgents } from '../gate/merge-rules.ts';
import { quoted } from '../quote.ts';
import type { WorkItem } from '../work-item.ts';

export interface ReviewFacts {
  pullRequest: PullRequest;
  notes: readonly ReviewNote[];
  checks: readonly Check[];
  /** Accounts of ours and of every other agent. */
  agentAccounts: readonly string[];
}

export interface ReviewNews {
  /** What is asked for and what else was said, for the engine to read. */
  feedback: string;
  /** What was told by it, for `heard`. */
  heard: string[];
}

const oneLine = (text: string) => startOf(text.replace(/\s+/g, ' '), 200);

function noteText({ by, kind, text }: ReviewNote): string {
  const how = { comment: 'commented', 'changes-requested': 'asked for changes', approved: 'approved' }[kind];
  return text.trim() === '' ? `${oneLine(by)} ${how}.` : quoted(`${by} ${how}`, text);
}

function checkText({ name, url, summary }: Check): string {
  const said = [name, summary, url].filter((part) => part?.trim()).join('\n');
  return quoted('A check failed', said);
}

const checkId = ({ headSha }: PullRequest, { name }: Check) => `check-${headSha}-${name}`;

/** Undefined while nobody who may steer said anything new and no further check failed. */
export function newsOf(
  item: WorkItem,
  { pullRequest, notes, checks, agentAccounts }: ReviewFacts,
): ReviewNews | undefined {
  const heard = new Set(item.change?.heard);
  const fresh = notes.filter(({ id, by }) => !heard.has(id) && !isAgents(by, agentAccounts));
  const steers = (note: ReviewNote) => note.maySteer && note.kind !== 'approved';
  const asking = fresh.filter(steers);
  const failed = checks.filter((check) => check.state === 'failed' && !heard.has(checkId(pullRequest, check)));
  if (asking.length + failed.length === 0) return undefined;
  const others = fresh.filter((note) => !steers(note) && note.text.trim() !== '');
  const parts = [
    ...failed.map(checkText),
    ...asking.map(noteText),
    ...(others.length > 0 ? ['Others said, without a right to ask for changes:', ...others.map(noteText)] : []),
  ];
  return {
    feedback: parts.join('\n\n'),
    heard: [...fresh.map(({ id }) => id), ...failed.map((check) => checkId(pullRequest, check))],
  };
}
