/** The effects for a change: the test run, the push of one commit, and the pull request. */
import { assert } from '../base/errors.ts';
import { known } from '../base/known.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { CodeHost, PullRequest } from '../work-items/code-host.ts';
import type { Permitted } from '../work-items/gate/approval.ts';
import type { Permit } from '../work-items/gate/permit.ts';
import type { EffectResult, IntentOf } from '../work-items/lifecycle/events.ts';
import type { Warning } from '../work-items/second-look.ts';
import { isOn, type Source } from '../work-items/source.ts';
import type { TestOutcome, WorkItem } from '../work-items/work-item.ts';
import type { Effect } from './performer.ts';

export interface CodeOptions {
  source: Source;
  codeHost: CodeHost;
  targetBranch: string;
  draft: boolean;
  /** SETUP if they could not start. */
  runTests: (sha: string) => Promise<TestOutcome | Refusal>;
  /** What a second look at the change says; nothing where the agent has none. */
  lookAt: (item: WorkItem, sha: string) => Promise<readonly Warning[]>;
  push: (permit: Permit, sha: string, branch: string) => Promise<Refusal | undefined>;
  describe: (item: WorkItem) => Promise<{ title: string; body: string }>;
}

/** The facts about a pull request for the lifecycle. */
const openedAs = ({ number, url, artifact }: PullRequest): EffectResult => known({ number, url, artifact });

function permitOf(given: Permitted | undefined): Permit {
  assert(given, 'a change was sent without a permit');
  return given.permit;
}

export function testEffect({ runTests, lookAt }: CodeOptions, item: WorkItem, { sha }: IntentOf<'test'>): Effect {
  return {
    find: async () => undefined,
    async act() {
      const tests = await runTests(sha);
      if (isRefusal(tests)) return tests;
      const warnings = await lookAt(item, sha);
      return { tests, ...(warnings.length > 0 ? { warnings } : {}) };
    },
  };
}

/** Whether the branch contains our commit: as its head, or below commits that people pushed later. */
async function isThere(source: Source, branch: string, sha: string): Promise<boolean> {
  const head = (await source.fetch()).heads.get(branch);
  return head !== undefined && (await source.contains(sha)) && isOn(source, sha, head);
}

export function pushEffect(options: CodeOptions, item: WorkItem, { sha, branch }: IntentOf<'push'>): Effect {
  return {
    wish: { kind: 'push', item, sha, branch },
    find: async () => ((await isThere(options.source, branch, sha)) ? {} : undefined),
    act: async (given) => (await options.push(permitOf(given), sha, branch)) ?? {},
  };
}

export function openPullRequestEffect(
  { codeHost, targetBranch, draft, describe }: CodeOptions,
  item: WorkItem,
  { sha, branch }: IntentOf<'open-pr'>,
): Effect {
  return {
    wish: { kind: 'open-pr', item, sha, branch },
    async find() {
      const found = await codeHost.find(branch, targetBranch);
      // A merged pull request counts only if this commit was merged.
      const isIt = found?.state === 'open' || (found?.state === 'merged' && found.headSha === sha);
      return found && isIt ? openedAs(found) : undefined;
    },
    async act(given) {
      const { commit } = item.change ?? {};
      if (commit?.sha !== sha || !commit.pushed) {
        return refuse('GATE_STATE', `commit ${sha.slice(0, 12)} is not on ${branch} yet`);
      }
      const { title, body } = await describe(item);
      return openedAs(await codeHost.open(permitOf(given), { branch, sha, base: targetBranch, title, body, draft }));
    },
  };
}

/** What people removed since it was done stays removed: the ledger answers, and nobody looks again. */
export function addLabelEffect(
  { codeHost }: CodeOptions,
  item: WorkItem,
  { number, label }: IntentOf<'label-pr'>,
): Effect {
  return {
    wish: { kind: 'label-pr', item, pullRequest: number },
    find: async () => ((await codeHost.hasLabel(number, label)) ? {} : undefined),
    async act(given) {
      await codeHost.addLabel(permitOf(given), number, label);
      return {};
    },
  };
}

export function addReviewerEffect(
  { codeHost }: CodeOptions,
  item: WorkItem,
  { number, reviewer }: IntentOf<'ask-review'>,
): Effect {
  return {
    wish: { kind: 'ask-review', item, pullRequest: number },
    find: async () => ((await codeHost.isReviewer(number, reviewer)) ? {} : undefined),
    async act(given) {
      await codeHost.addReviewer(permitOf(given), number, reviewer);
      return {};
    },
  };
}
