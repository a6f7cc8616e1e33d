/** An expected no: a code from one table, why it was said here, and what a person can do about it. */

/**
 * Every code with its usual fix; docs/codes.md lists them all. In a command, `ID` is the agent and `WORKITEM` the number of the
 * work item: `withNames` puts the real ones in.
 */
export const codes = {
  GATE_STATE: 'Wait until a person moves the work item to the approved state.',
  GATE_ACTOR: 'An approver, who must be a person and not an agent, must set the state to approved themselves.',
  GATE_PLAN: 'Move the work item to new: the agent posts a new plan. Then approve that plan.',
  GATE_REV: 'Approve the current plan. An approval of an earlier plan does not count for it.',
  GATE_CONTENT: 'Nothing to do now: the work item was edited, so the agent makes a new plan. Then approve that plan.',
  GATE_BASE: 'Nothing to do now: planned files changed, so the agent makes a new plan. Then approve that plan.',
  GATE_EXPIRED:
    'Move the work item to the approved state again. If it is in that state now, move it back to plan ready first.',
  GATE_NO_PLAN: 'Nothing to do now: the agent makes a plan first. Then approve that plan.',
  GATE_TENANT: 'Move the work item back into the project and area of the agent, or leave it as it is.',
  GATE_LEASE:
    'Nothing to do for a work item: another turn of its session goes on with it. For a second `jvagent start`: use the platform that runs, or stop it first.',
  GATE_UNVERIFIABLE: 'Nothing to do if it passes. If it stays, check that the system named in the reason answers.',
  CONFIG_UNTRUSTED: 'Run `jvagent trust ID --dry-run` to see what changed, then `jvagent trust ID`.',
  OUT_OF_PLAN: 'Submit a revised plan that names these files, and wait for its approval.',
  BRANCH_CHARSET: 'Use lower-case letters, digits, dot, dash, underscore and slash only.',
  BRANCH_FORM: 'Name the branch as git allows: no empty parts, no leading or trailing dots, no .lock.',
  BRANCH_PREFIX: 'Begin the branch with `git.branchPrefix`.',
  BRANCH_WORKITEM: "Put the work item's id right after the prefix.",
  BRANCH_PROTECTED: 'Push to a feature branch. Protected branches change by pull request only.',
  BASE_BRANCH: 'Open the pull request against `git.customerBranch`.',
  PATH_META: 'Leave this path as it is, or add it to `git.allowMeta` if agents may change it.',
  PATH_LINK: 'Point the link to a place inside the tree.',
  PATH_SPECIAL: 'Commit regular files, links and folders only.',
  PATH_CHARS: 'Rename the file: control characters, backslashes and colons cannot be committed.',
  PATH_LFS: 'Leave this file as it is: agents cannot change files in Git LFS.',
  DIFF_FILES: 'Split the work item, or raise `git.diffFilesMax`.',
  DIFF_LINES: 'Split the work item, or raise `git.diffLinesMax`.',
  DIFF_BYTES: 'Split the work item: the change has too many bytes.',
  WORK_SIZE:
    'Nothing to do while this node runs. To move the work to another node, leave large files out of the change.',
  CONFLICT: 'Resolve every conflict mark by keeping what both sides meant, then commit.',
  SECRET_MARK: 'Restore the file, and leave the hidden text as it is.',
  MESSAGE_FORM: "Write a Conventional Commit that names the work item, such as 'fix: guard keys (#12)'.",
  PUSH_CONTENT: "Change what the remote's words name; the next commit takes the place of the refused one.",
  PUSH_REJECTED: "Read the remote's own words, then change its rules or the token.",
  AGENT_ID: 'Use 1 to 4 segments of a-z, 0-9 and dash, none of them reserved.',
  CONFIG_INVALID: 'Fix the named line of jvAgent.json.',
  SECRETS_MODE: 'Run `chmod 600 secrets.env` as the owner of the file.',
  SECRETS_LINK: 'Replace secrets.env with a small regular file that has only this name.',
  SECRETS_KEY: 'Remove the named key from secrets.env.',
  SESSION_ID: 'Use `main`, `wi-<number>`, or lower-case letters, digits, dot, dash and underscore.',
  SESSION_TENANT: 'Use a session of this agent.',
  TENANT_OVERLAP: 'Give each agent an instance, a branch, a prefix and tokens that no other agent has.',
  TOKEN_TOO_WIDE: 'Use a token that sees only the configured project or repository.',
  TOOL_PATH: 'Use a path inside the configured place.',
  TOOL_UNAVAILABLE: 'Go on without this tool: it does not exist in this phase.',
  FIELD_DENIED: 'Write only the fields in `devops.writableFields`. The state is never one of them.',
  DOMAIN_DENIED: 'List the host in `sandbox.domains`, or in `toolDomains` for your own tools, if it may be reached.',
  HOOK_KEY: "Give the hook the agent's own secret, which is made from JVAGENT_HOOK_KEY and the agent's id.",
  ADDRESS_DENIED: "Send to an address below the agent's own, or add the address to `canMessage`.",
  RATE: 'Wait a minute, or make fewer calls.',
  BUDGET_TURN: 'Raise `limits.turnUsdMax`, or split the work item.',
  BUDGET_ITEM: 'Raise `limits.itemUsdMax`, then run `jvagent retry ID WORKITEM`.',
  BUDGET_DAY: 'Wait until tomorrow (UTC), or raise `limits.dayUsdMax`.',
  TURN_TIME: 'Raise `limits.turnMinutesMax`, or split the work item.',
  STALLED: 'Read the log with `jvagent logs ID`, then run `jvagent retry ID WORKITEM`.',
  CRASHED:
    'Read the log with `jvagent logs ID`. It is tried again after growing pauses; `jvagent retry ID WORKITEM` tries at once.',
  ATTEMPTS: 'Read what happened, fix the cause, then run `jvagent retry ID WORKITEM`.',
  WORKERS: 'Nothing to do: it gets the next free worker. If that takes long, raise `JVAGENT_WORKERS_MAX` in .env.',
  PAUSED: 'Run `jvagent resume`.',
  FREEZE: 'Nothing to do: it is deployed when the freeze in `instance.deploy.freeze` ends.',
  HOLD: 'Look at the instance and the failed deployment, then run `jvagent release ID`.',
  DRIFT:
    'Decide what the instance shall run: deploy a commit of the target branch by hand, or run `jvagent cancel ID WORKITEM`.',
  BLOCKED: 'Finish the work items that its links name as predecessors, or remove the links.',
  OVERLAP: 'Nothing to do: it goes on when the named work item is merged or has ended.',
  OUTSIDE_AUTH: 'Renew the token in secrets.env, or give it the missing right.',
  OUTSIDE_LIMITED: 'Nothing to do: it is tried again when the other side allows it.',
  OUTSIDE_CONFLICT: 'Nothing to do: somebody else changed it meanwhile, so it is read again.',
  OUTSIDE_UNREACHABLE: 'Check the address and the network. It is tried again.',
  OUTSIDE_MOVED: 'Set the named address to the new one.',
  OUTSIDE_VERSION: 'Update the Azure DevOps Server to version 2022.1 or later, or use Azure DevOps Services.',
  OUTSIDE_REFUSED: "Read the other side's own words, then change its rules, the configuration or the token.",
  MODEL_REFUSED:
    'Name another model in `defaultModel`, or report what was refused: the engine asked for something no agent may have.',
  SETUP:
    'Fix `git.setupCommand`, the lock files, or what `sandbox.registries` and `sandbox.domains` let it reach. It is tried again.',
  SANDBOX_UNAVAILABLE: 'Install bubblewrap and allow unprivileged user namespaces; `jvagent doctor` names the setting.',
} as const;

export type Code = keyof typeof codes;

export interface Refusal {
  readonly refused: Code;
  readonly why: string;
  readonly fix: string;
  /** Since when it has been said again and again, milliseconds since 1970, where that is known. */
  readonly since?: number;
  /** When it is worth asking again, milliseconds since 1970, where that is known. */
  readonly until?: number;
  /** Whose fault it is, where the code alone does not tell: the model's provider. */
  readonly system?: 'model';
  /** The name of the secret that the other side does not accept, such as `GIT_TOKEN`: a person must replace it. */
  readonly token?: string;
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

export interface Names {
  readonly agentId: string;
  readonly workItemId?: number | undefined;
}

/** The text with the real names in each command of ours: `jvagent release ID` becomes `jvagent release codechange/acme`. */
export function withNames(text: string, { agentId, workItemId }: Names): string {
  return text.replace(/`jvagent [^`]*`/g, (command) =>
    command.replace(/\bID\b/g, agentId).replace(/ WORKITEM\b/g, workItemId === undefined ? '' : ` ${workItemId}`),
  );
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value && 'why' in value;
}
