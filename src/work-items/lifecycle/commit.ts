/** A commit on its way out: tested by the host, pushed, and in a pull request. */
import { endOf } from '../../documents/cut.ts';
import type { Refusal } from '../../refusal.ts';
import { quoted } from '../quote.ts';
import type { Commit, WorkItem } from '../work-item.ts';
import type { Decision, EffectResult, EventOf, Facts, Intent, IntentOf, LifecycleEvent } from './events.ts';
import { counted, enter, sayOnTile, short, stay } from './moves.ts';

/** The item with these words about its commit; as it is where it has none. */
function withCommit(item: WorkItem, news: Partial<Commit>): WorkItem {
  const { change } = item;
  return change?.commit ? { ...item, change: { ...change, commit: { ...change.commit, ...news } } } : item;
}

/** The change as it is on its branch; a commit that did not get there is let go of. */
export function asPushed(item: WorkItem): WorkItem {
  const { commit, pushedSha } = item.change ?? {};
  if (!item.change || !commit || commit.pushed || !pushedSha) return item;
  const { summary, deliver } = commit;
  return { ...item, change: { ...item.change, commit: { sha: pushedSha, summary, deliver, pushed: true } } };
}

/** The remote refused what is in the commit. None of it may get into the history of the branch, so it is set aside. */
export function setAside(item: WorkItem, words: string): WorkItem {
  if (!item.change?.commit || item.change.commit.pushed) return item;
  const { commit, ...change } = item.change;
  const refused = { sha: commit.sha, words };
  if (!change.pushedSha) return { ...item, change: { ...change, refused } };
  return asPushed({ ...item, change: { ...item.change, refused } });
}

/** What the engine is told of a commit that was set aside; undefined where there is none. */
export function refusedNews({ change }: WorkItem): string | undefined {
  if (!change?.refused) return undefined;
  const { sha, words } = change.refused;
  const what = `The remote refused the push of commit ${short(sha)} for what is in it`;
  return `${quoted(what, words)}\n\nThe work of that commit is in the tree, and is not committed any more. Change what the remote names, then commit again under the same plan.`;
}

/** What is still to be done so that the commit stands where it was wanted. */
function delivery({ change, review, counts }: WorkItem): Intent[] {
  const { branch = '', commit } = change ?? {};
  if (!commit || commit.deliver === 'no') return [];
  const { sha, deliver } = commit;
  // People can delete the branch, so what was pushed before their last decision is looked at again.
  const { moves: nth } = counts;
  const push: Intent = { kind: 'push', sha, branch, nth };
  return review || deliver === 'push' ? [push] : [push, { kind: 'open-pr', branch, sha, nth }];
}

/** The pull request without what was seen of its branches: a new commit changes that, and has merged in what there was. */
function withoutBehind({ review, ...item }: WorkItem): WorkItem {
  if (!review) return item;
  const { behind, ...known } = review;
  return { ...item, review: behind ? { ...known, merging: behind.theirs } : known };
}

/** How much of a test run's output the tile shows. */
const shownCharsMax = 3_000;

/** Which of the host's tests failed on which commit, as people are told of it; undefined unless the last ones did. */
export function failedTests({ change }: WorkItem): { what: string; shown: string } | undefined {
  const { sha, tests } = change?.commit ?? {};
  if (!sha || !tests || tests.passed) return undefined;
  const name = tests.command ? `\`${tests.command.replace(/[`\s]+/g, ' ')}\`` : "the repository's tests";
  const output = endOf(tests.output, shownCharsMax).replaceAll('```', "'''");
  return {
    what: `${name} failed on the host on commit ${short(sha)}`,
    shown: `The last lines:\n\n\`\`\`\n${output}\n\`\`\``,
  };
}

/** A commit is tested before it is pushed; if its tests are known, they decide. */
export function changeMade(
  before: WorkItem,
  { sha, summary, deliver, words }: EventOf<'change-made'>,
  { rules }: Facts,
): Decision {
  if (!before.change) return stay(before);
  const change = words ? { ...before.change, words } : before.change;
  const item = { ...before, change };
  const { commit } = change;
  if (commit?.sha !== sha || !commit.tests) {
    const { hint, refusal, ...rest } = withoutBehind(item);
    const { kept, refused, ...known } = change;
    const test: Intent = { kind: 'test', sha, nth: item.counts.moves };
    const made = { ...rest, change: { ...known, commit: { sha, summary, deliver } } };
    return stay(made, deliver === 'no' ? [] : [test]);
  }
  if (deliver === 'no' || (!commit.tests.passed && !rules.testsMayFail)) return stay(item);
  const next = withCommit(item, { deliver });
  return stay(next, delivery(next));
}

function tested(
  item: WorkItem,
  { sha }: IntentOf<'test'>,
  { tests, warnings }: EffectResult,
  { rules }: Facts,
  onFailure: (item: WorkItem, commit: Commit, output: string) => Decision,
): Decision {
  const { commit } = item.change ?? {};
  if (!tests || commit?.sha !== sha) return stay(item);
  const known = withCommit(item, { tests, ...(warnings ? { warnings } : {}) });
  return tests.passed || rules.testsMayFail ? stay(known, delivery(known)) : onFailure(known, commit, tests.output);
}

function pushed(item: WorkItem, { sha }: IntentOf<'push'>): Decision {
  const next = withCommit(item, { pushed: true });
  if (!next.change || next.change.commit?.sha !== sha) return stay(item);
  const { review, ...rest } = { ...next, change: { ...next.change, pushedSha: sha } };
  if (!review) return stay(rest);
  const { merging, ...known } = review;
  return stay({ ...rest, review: known });
}

/** What people want on each new pull request; the tile comes first. */
function extrasOf(number: number, { labels, reviewers }: Facts['rules']): Intent[] {
  return [
    ...[...new Set(labels)].map((label): Intent => ({ kind: 'label-pr', number, label })),
    ...[...new Set(reviewers)].map((reviewer): Intent => ({ kind: 'ask-review', number, reviewer })),
  ];
}

function opened(item: WorkItem, { number = 0, url = '', artifact = url }: EffectResult, { rules }: Facts): Decision {
  const { hint, refusal, ...rest } = counted(item, { attempts: 0, repairs: 0 });
  const next = enter({ ...rest, review: { number, url } }, 'pr-created', () => [{ kind: 'link', url: artifact }]);
  return { ...next, intents: [...next.intents, ...extrasOf(number, rules)] };
}

/** What was not done to the pull request, in the words of the tile; undefined for an intent that is no extra of it. */
function extraMissing(intent: Intent, { refused, why, fix }: Refusal): string | undefined {
  const isTokens = refused === 'OUTSIDE_AUTH';
  const text = (what: string, byHand: string, setting: string) =>
    `**${what}** (${refused}): ${why}. The pull request stays open.\n\n${isTokens ? fix : `${byHand}, or correct \`${setting}\` in jvAgent.json.`}`;
  switch (intent.kind) {
    case 'label-pr':
      return text(`Label "${intent.label}" was not set on the pull request`, 'Set it by hand', 'git.pr.labels');
    case 'ask-review':
      return text(`${intent.reviewer} was not asked for a review`, 'Ask somebody by hand', 'git.pr.reviewers');
    default:
      return undefined;
  }
}

/**
 * What follows from an event about a label or a reviewer, in every phase alike: nothing, but that people are told once
 * what the code host refused. Undefined for all other events, which the phase's rows judge.
 */
export function onExtra(item: WorkItem, event: LifecycleEvent): Decision | undefined {
  if (!('intent' in event)) return undefined;
  const { kind } = event.intent;
  if (kind !== 'label-pr' && kind !== 'ask-review') return undefined;
  if (event.kind === 'effect-done' || item.phase !== 'pr-created') return stay(item);
  // A refusal of our own gate says that people moved on.
  const isHosts = event.refusal.refused.startsWith('OUTSIDE_');
  const text = isHosts ? extraMissing(event.intent, event.refusal) : undefined;
  return text === undefined ? stay(item) : sayOnTile(item, text);
}

/** Handles the outcome of an effect; `onFailure` says what failed tests mean for the phase. */
export function delivered(
  item: WorkItem,
  { intent, result }: EventOf<'effect-done'>,
  facts: Facts,
  onFailure: (item: WorkItem, commit: Commit, output: string) => Decision,
): Decision {
  const { approval } = item;
  switch (intent.kind) {
    case 'claim-execution':
      if (!approval || result.rev === undefined) return stay(item);
      return stay({ ...item, approval: { ...approval, claimRev: result.rev } });
    case 'test':
      return tested(item, intent, result, facts, onFailure);
    case 'push':
      return pushed(item, intent);
    case 'open-pr':
      return opened(item, result, facts);
    default:
      return stay(item);
  }
}
