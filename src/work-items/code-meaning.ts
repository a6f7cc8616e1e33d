/** What each code of a refusal means for a work item: whose turn it is, what it says of an approval, what waits for it. */
import type { Code, Refusal } from '../refusal.ts';
import type { IntentKind } from './lifecycle/events.ts';

interface Meaning {
  /** Who moves next: a person, the platform by itself, or the model, which was told no. */
  readonly next: 'person' | 'platform' | 'model';
  /**
   * What it says where an approval was to be used. `overtaken`: the world moved, and the next live look decides;
   * `replaced`: it is another approval than was judged; `plan-outdated`: what the plan was made from is not there any
   * more; `plan-unapproved`: the plan is valid, but it has no valid approval.
   */
  readonly approval?: 'overtaken' | 'replaced' | 'plan-outdated' | 'plan-unapproved';
  /** People took the item out of our hands. */
  readonly takenAway?: true;
  /** It says "not now" to an effect, which stays owed: to any, or to these. */
  readonly postpones?: 'any' | readonly IntentKind[];
  /** What ends it happens elsewhere than on the item's own tile. */
  readonly endsElsewhere?: true;
  /** Its `why` quotes others: who answered us, what a command printed, names of files in the repository. */
  readonly quotes?: true;
  /** While an agent's looks at its board meet it, the agent is failing. */
  readonly failsAgent?: true;
  /** It passes by itself before people have read of it. */
  readonly passes?: true;
  /** What is waited for while it holds, whatever the phase. */
  readonly waitsFor?: string;
}

const model: Meaning = { next: 'model' };
const person: Meaning = { next: 'person' };

const meanings: Readonly<Record<Code, Meaning>> = {
  GATE_STATE: { next: 'person', approval: 'overtaken', takenAway: true },
  GATE_ACTOR: person,
  GATE_PLAN: { next: 'person', approval: 'plan-unapproved' },
  GATE_REV: { next: 'person', approval: 'replaced' },
  GATE_CONTENT: { next: 'platform', approval: 'plan-outdated' },
  GATE_BASE: { next: 'platform', approval: 'plan-outdated' },
  GATE_EXPIRED: { next: 'person', approval: 'plan-unapproved' },
  GATE_NO_PLAN: { next: 'platform' },
  GATE_TENANT: { next: 'person', takenAway: true },
  GATE_LEASE: { passes: true, next: 'platform', approval: 'overtaken' },
  GATE_UNVERIFIABLE: {
    next: 'platform',
    approval: 'overtaken',
    postpones: 'any',
    endsElsewhere: true,
    quotes: true,
    passes: true,
  },
  CONFIG_UNTRUSTED: {
    passes: true,
    next: 'person',
    postpones: 'any',
    waitsFor: 'a person who trusts the changed configuration',
  },
  OUT_OF_PLAN: model,
  BRANCH_CHARSET: model,
  BRANCH_FORM: model,
  BRANCH_PREFIX: model,
  BRANCH_WORKITEM: model,
  BRANCH_PROTECTED: model,
  BASE_BRANCH: model,
  PATH_META: model,
  PATH_LINK: model,
  PATH_SPECIAL: model,
  PATH_CHARS: model,
  PATH_LFS: model,
  DIFF_FILES: model,
  DIFF_LINES: model,
  DIFF_BYTES: model,
  WORK_SIZE: { next: 'person', waitsFor: 'the node that has its work' },
  CONFLICT: { next: 'model', quotes: true },
  SECRET_MARK: model,
  MESSAGE_FORM: model,
  PUSH_CONTENT: { next: 'model', quotes: true },
  PUSH_REJECTED: { next: 'person', quotes: true },
  AGENT_ID: person,
  CONFIG_INVALID: person,
  SECRETS_MODE: person,
  SECRETS_LINK: person,
  SECRETS_KEY: person,
  SESSION_ID: person,
  SESSION_TENANT: person,
  TENANT_OVERLAP: person,
  TOKEN_TOO_WIDE: person,
  TOOL_PATH: model,
  TOOL_UNAVAILABLE: model,
  FIELD_DENIED: model,
  DOMAIN_DENIED: model,
  HOOK_KEY: person,
  ADDRESS_DENIED: model,
  RATE: { passes: true, next: 'platform' },
  BUDGET_TURN: person,
  BUDGET_ITEM: person,
  BUDGET_DAY: { next: 'platform', waitsFor: 'the next day' },
  TURN_TIME: person,
  STALLED: { passes: true, next: 'person' },
  CRASHED: { next: 'platform', failsAgent: true, waitsFor: 'the next try, since its turns broke' },
  ATTEMPTS: person,
  WORKERS: { passes: true, next: 'platform', waitsFor: 'a worker, all of which are busy' },
  PAUSED: { passes: true, next: 'person', postpones: 'any', waitsFor: 'the end of the pause' },
  FREEZE: { next: 'platform', postpones: 'any', waitsFor: 'the end of the freeze' },
  HOLD: {
    next: 'person',
    postpones: 'any',
    waitsFor: 'a person who looks at the failed deployment and releases the instance',
  },
  DRIFT: { next: 'person', postpones: ['deploy'], waitsFor: 'a person who decides what the instance runs' },
  BLOCKED: { next: 'platform', endsElsewhere: true, waitsFor: 'the work items before it' },
  OVERLAP: {
    next: 'platform',
    postpones: ['deploy', 'rollback'],
    endsElsewhere: true,
    waitsFor: 'another work item',
  },
  OUTSIDE_AUTH: { next: 'person', quotes: true, failsAgent: true, waitsFor: 'a token that is let in' },
  OUTSIDE_LIMITED: {
    passes: true,
    next: 'platform',
    quotes: true,
    failsAgent: true,
    waitsFor: 'the other side, which limits us or has not got so far',
  },
  OUTSIDE_CONFLICT: { passes: true, next: 'platform', quotes: true },
  OUTSIDE_UNREACHABLE: {
    passes: true,
    next: 'platform',
    quotes: true,
    failsAgent: true,
    waitsFor: 'the other side, which does not answer as it should',
  },
  OUTSIDE_MOVED: { next: 'person', quotes: true, failsAgent: true, waitsFor: 'the new address in the configuration' },
  OUTSIDE_VERSION: { next: 'person', quotes: true, failsAgent: true, waitsFor: 'a newer Azure DevOps Server' },
  OUTSIDE_REFUSED: { next: 'person', quotes: true, failsAgent: true },
  MODEL_REFUSED: person,
  SETUP: { next: 'person', quotes: true, waitsFor: 'a set-up of the repository that works' },
  SANDBOX_UNAVAILABLE: {
    next: 'person',
    failsAgent: true,
    waitsFor: 'a machine that lets programs be shut in',
  },
};

export const meaningOf = ({ refused }: Pick<Refusal, 'refused'>): Meaning => meanings[refused];

/** Whether what was approved, or waits for it, is not what stands there any more: a new plan and a new approval are needed. */
export function isPlanStale(refusal: Refusal): boolean {
  const { approval } = meaningOf(refusal);
  return approval === 'plan-outdated' || approval === 'plan-unapproved';
}
