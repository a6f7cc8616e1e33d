/** An expected no: a code from one table, why it was said here, and what a person can do about it. */

/** Every code with its standing fix; docs/codes.md is made from this table. */
export const codes = {
  GATE_STATE: 'Wait until a person moves the work item to the approved state.',
  GATE_ACTOR: 'An approver who is not an agent must set the state to approved himself.',
  GATE_PLAN: 'Let the agent post its plan anew, then approve that one.',
  GATE_REV: 'Approve the current plan; an earlier approval does not count for it.',
  GATE_CONTENT: 'The work item was edited after its plan: a new plan is made, approve that one.',
  GATE_BASE: 'The target branch moved under the planned files: a new plan is made, approve that one.',
  GATE_EXPIRED:
    'The approval is too old: move the work item to the approved state again. If it is in that state now, move it back to plan ready first.',
  GATE_NO_PLAN: 'There was no plan to approve: it is planned first, then approve that plan.',
  GATE_TENANT: 'The work item is outside the configured organization, project or area.',
  GATE_LEASE: 'Another turn holds this session: nothing to do, it goes on there.',
  GATE_UNVERIFIABLE:
    'Something that the approval stands on could not be read live: check that the system named in the reason answers, and that the token for it in secrets.env is valid.',
  CONFIG_UNTRUSTED: 'The configuration changed: read the difference and run `jvagent trust ID`.',
  OUT_OF_PLAN: 'The change touches files outside the plan: approve a plan that names them.',
  BRANCH_CHARSET: 'Use lower-case letters, digits, dot, dash, underscore and slash only.',
  BRANCH_FORM: 'Name the branch as git allows: no empty parts, no leading or trailing dots, no .lock.',
  BRANCH_PREFIX: 'Begin the branch with `git.branchPrefix`.',
  BRANCH_WORKITEM: "Let the work item's id follow the prefix.",
  BRANCH_PROTECTED: 'Push to a feature branch; protected branches change by pull request only.',
  BASE_BRANCH: 'Open the pull request against `git.customerBranch`.',
  PATH_META: 'Paths that steer tools need `git.allowMeta`.',
  PATH_LINK: 'Links may only point inside the tree.',
  PATH_SPECIAL: 'Only regular files, links and folders can be committed.',
  PATH_CHARS: 'Rename the file: control characters, backslashes and colons are not committed.',
  PATH_LFS: 'Files kept in Git LFS cannot be changed by an agent.',
  DIFF_FILES: 'Split the work item, or raise `git.diffFilesMax`.',
  DIFF_LINES: 'Split the work item, or raise `git.diffLinesMax`.',
  DIFF_BYTES: 'Split the work item; the change is too large in bytes.',
  CONFLICT: 'Resolve every conflict mark by keeping what both sides meant, then commit.',
  SECRET_MARK: 'Set the file back, and leave the hidden text as it is.',
  MESSAGE_FORM: "Write a Conventional Commit that names the work item, such as 'fix: guard keys (#12)'.",
  PUSH_CONTENT: "Change what the remote's words name; the next commit takes the place of the refused one.",
  PUSH_REJECTED: "Read the remote's own words, then change its rules or the token.",
  AGENT_ID: 'Use 1 to 4 segments of a-z, 0-9 and dash, none of them reserved.',
  CONFIG_INVALID: 'Fix the named line of jvAgent.json.',
  SECRETS_MODE: 'Run `chmod 600 secrets.env` as the owner.',
  SECRETS_LINK: 'Make secrets.env a regular file with one link.',
  SECRETS_KEY: 'Remove the named key from secrets.env.',
  SESSION_ID: 'Use `main`, `wi-<number>`, or lower-case letters, digits, dot, dash and underscore.',
  SESSION_TENANT: 'A session belongs to one agent; use one of its own sessions.',
  TENANT_OVERLAP: 'Give each agent its own instance, branch, prefix and tokens.',
  TOKEN_TOO_WIDE: 'Use a token that sees only the configured project or repository.',
  TOOL_PATH: 'Keep the path inside the configured place.',
  TOOL_UNAVAILABLE: 'This tool does not exist in this phase; go on without it.',
  FIELD_DENIED: 'Only the fields in `devops.writableFields` may be written, never the state.',
  DOMAIN_DENIED: 'List the host in `sandbox.domains`, or in `toolDomains` for your own tools, if it may be reached.',
  HOOK_KEY: "Give the hook the agent's own secret, which is made from JVAGENT_HOOK_KEY and the agent's id.",
  ADDRESS_DENIED: 'Send to your own branch of the tree, or list the address in `canMessage`.',
  RATE: 'Too many calls in a short time: wait, or do with fewer.',
  BUDGET_TURN: 'Raise `limits.turnUsdMax`, or split the work item.',
  BUDGET_ITEM: 'Raise `limits.itemUsdMax`, then `jvagent retry`.',
  BUDGET_DAY: 'Wait until tomorrow (UTC), or raise `limits.dayUsdMax`.',
  TURN_TIME: 'Raise `limits.turnMinutesMax`, or split the work item.',
  STALLED: 'The turn fell silent: look at its log, then `jvagent retry`.',
  CRASHED:
    'Look at the log of the platform around that time. It is tried again after pauses that grow; `jvagent retry` or a restart tries at once.',
  ATTEMPTS: 'Read what happened, fix the cause, then `jvagent retry`.',
  WORKERS:
    'Nothing to do: it has the next worker that is free. Where that takes long, raise `JVAGENT_WORKERS_MAX` in .env.',
  PAUSED: 'Run `jvagent resume`.',
  FREEZE: 'Deployments wait until the freeze in `instance.deploy.freeze` is over.',
  HOLD: 'Look at the failed deployment, then `jvagent release ID`.',
  DRIFT: 'The instance runs a version outside our history: a person decides what runs there.',
  BLOCKED: 'Finish the work items that its links name as predecessors, or remove the links.',
  OVERLAP: 'It waits for the item whose planned files it shares.',
  OUTSIDE_AUTH: 'Renew the token in secrets.env, or give it the missing right.',
  OUTSIDE_LIMITED: 'Nothing to do: it is tried again when the other side allows.',
  OUTSIDE_CONFLICT: 'Someone else changed it in between: it is looked at anew.',
  OUTSIDE_UNREACHABLE: 'Check the address and the network; it is tried again.',
  OUTSIDE_REFUSED: "Read the other side's own words and change its rules, the configuration or the token.",
  MODEL_REFUSED:
    'Name another model in `defaultModel`, or report what was refused: the engine asked for something no agent may have.',
  SETUP:
    'Fix `git.setupCommand`, the lock files, or what `sandbox.registries` and `sandbox.domains` let it reach; it is tried again.',
  SANDBOX_UNAVAILABLE: 'Install bubblewrap and allow unprivileged user namespaces; `jvagent doctor` names the setting.',
} as const;

export type Code = keyof typeof codes;

export interface Refusal {
  readonly refused: Code;
  readonly why: string;
  readonly fix: string;
  /** When it is worth asking again, milliseconds since 1970, where that is known. */
  readonly until?: number;
  /** Whose fault it is, where the code alone does not tell: the model's provider. */
  readonly system?: 'model';
}

/** An act that was refused, as the audit log names it. */
export interface RefusedAct {
  /** A tool, `connect`, `model request` or the like. */
  readonly action: string;
  /** What it was to be done to, in a few words. */
  readonly target: string;
  readonly code: Code;
}

/** Makes a refused act an entry of the audit log; it never fails and is not waited for. */
export type NoteRefusal = (act: RefusedAct) => void;

/** A refusal whose `why` names agent and thing; the fix is the code's own unless a better one is known. */
export function refuse(code: Code, why: string, fix: string = codes[code]): Refusal {
  return { refused: code, why, fix };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value && 'why' in value;
}
