/**
 * Which branches an agent may push, and which base its pull request may have.
 *
 * `<branchPrefix><workItemId>(-slug)?` and nothing else; never the target, the remote's HEAD or a protected branch.
 */
import { alwaysProtectedBranches } from '../agents/config/branch-name.ts';
import { createGlob } from '../base/text/glob.ts';
import { startOf } from '../documents/cut.ts';
import { limits } from '../limits.ts';
import { type Refusal, refuse } from '../refusal.ts';

export interface BranchRule {
  prefix: string;
  workItemId: number;
  targetBranch: string;
  /** Names or globs (`release/*`). The remote's HEAD belongs here too. */
  protectedBranches?: readonly string[];
}

const charset = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/;
const badForm = /\.\.|\.(\/|$)|\.lock(\/|$)|^refs\/|^heads\//;

/** The name itself when this work item may push it; `name` may be anything. */
export function checkBranch(name: unknown, rule: BranchRule): string | Refusal {
  const shown = startOf(String(JSON.stringify(name)), 200);
  if (typeof name !== 'string' || name.length > limits.branchCharsMax || !charset.test(name)) {
    return refuse('BRANCH_CHARSET', `${shown} is not a branch name of lower-case letters, digits and ._-/`);
  }
  if (badForm.test(name)) return refuse('BRANCH_FORM', `${shown} is not a well-formed branch name`);
  if (!name.startsWith(rule.prefix)) return refuse('BRANCH_PREFIX', `${shown} does not begin with ${rule.prefix}`);
  const rest = name.slice(rule.prefix.length);
  if (!new RegExp(`^${rule.workItemId}(-[a-z0-9._-]+)?$`).test(rest)) {
    return refuse('BRANCH_WORKITEM', `${shown} is not ${rule.prefix}${rule.workItemId}, with or without a -slug`);
  }
  const protectedNames = [...alwaysProtectedBranches, rule.targetBranch, ...(rule.protectedBranches ?? [])];
  if (protectedNames.some((pattern) => createGlob(pattern)(name))) {
    return refuse('BRANCH_PROTECTED', `${shown} is a protected branch`);
  }
  return name;
}

/** The branch that we make for a work item; only ASCII words of the title are used. */
export function branchFor(prefix: string, workItemId: number, title = ''): string {
  const slug = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return `${prefix}${workItemId}${slug ? `-${slug}` : ''}`;
}

/** Refuses a pull request against anything but the configured target branch. */
export function checkBase(base: unknown, targetBranch: string): Refusal | undefined {
  if (base === targetBranch) return undefined;
  return refuse('BASE_BRANCH', `${startOf(String(JSON.stringify(base)), 200)} is not the configured ${targetBranch}`);
}

/** Refuses a prefix that would not keep an agent's branches apart. A digit at its end, for example, makes ids ambiguous. */
export function checkPrefix(prefix: string): Refusal | undefined {
  const wellFormed = charset.test(`${prefix}1`) && !badForm.test(`${prefix}1`) && !/[0-9]$/.test(prefix);
  const first = prefix.split('/')[0]?.replace(/[-._]+$/, '') ?? '';
  if (wellFormed && prefix.length >= 3 && prefix.length <= 80 && !alwaysProtectedBranches.includes(first))
    return undefined;
  return refuse(
    'BRANCH_PREFIX',
    `the branch prefix ${JSON.stringify(prefix)} does not set this agent's branches apart`,
    'Set `git.branchPrefix` to lower-case text such as "feature/acme-" that does not end in a digit.',
  );
}
