/** Which paths are refused: names that mean `.git` somewhere, files that steer tools, characters that break other systems. */
import { holding } from '../base/text/characters.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { IgnoreRules } from './tree/ignore-rules.ts';

/** Files and folders that make an editor, a package manager, an agent or a build server do things, in lower case. */
const metaNames = new Set([
  '.azuredevops',
  '.buildkite',
  '.circleci',
  '.claude',
  '.devcontainer',
  '.drone.yml',
  '.gitattributes',
  '.github',
  '.gitlab-ci.yml',
  '.gitmodules',
  '.husky',
  '.lfsconfig',
  '.mcp.json',
  '.npmrc',
  '.travis.yml',
  '.vscode',
  '.yarnrc',
  '.yarnrc.yml',
  'agents.md',
  'appveyor.yml',
  'bitbucket-pipelines.yml',
  'claude.local.md',
  'claude.md',
  'dockerfile',
  'jenkinsfile',
  'nuget.config',
]);

const metaForms = /^(azure-pipelines.*|dockerfile\..*|jenkinsfile\..*|git(mod|att)[a-z]*~[0-9]+)$/;

/** How a lenient file system reads a name: width, case, ignorable characters, and dots and spaces at the end do not count. */
function folded(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, '')
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '');
}

/** Most names: none of them folds to another one that begins with a dot or holds a tilde. */
const plainName = /^[A-Za-z0-9_][\w.-]*$/;

/** Whether one name of a path is `.git` on some file system, or a step that leaves its folder. */
export function meansGit(name: string): boolean {
  if (plainName.test(name)) return false;
  if (name === '' || name === '.' || name === '..') return true;
  return folded(name) === '.git' || /^git~[0-9]+$/.test(folded(name));
}

/** Whether a path is one that steers tools, at any depth (the sandbox mounts those that exist read-only). */
export function isMetaPath(path: string): boolean {
  return path.split('/').some((name) => metaNames.has(folded(name)) || metaForms.test(folded(name)));
}

/** Refuses a path that steers tools; `allowed` names, as a `.gitignore` of the top folder would, those that may change. */
export function checkMeta(path: string, allowed: IgnoreRules): Refusal | undefined {
  if (!isMetaPath(path) || allowed.ignores(path, false)) return undefined;
  return refuse('PATH_META', `${path} steers tools and \`git.allowMeta\` does not name it`);
}

/** What other systems cannot check out, or what hides or reorders a name; `\ufffd` replaces bytes that are not UTF-8. */
const unsafeCharacter = /[\p{Cc}\\:\ufffd\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Refuses a path that holds a control character, a backslash, a colon, one that reorders text, or bytes that are not UTF-8. */
export function checkChars(path: string): Refusal | undefined {
  const fault = holding(path, unsafeCharacter);
  return fault ? refuse('PATH_CHARS', fault) : undefined;
}

/**
 * Whether a link at `path` stays inside the tree. Steps upwards may only be at its beginning, because a step upwards after
 * another link starts at the target of that link.
 */
export function staysInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || /[\0\\]/.test(target)) return false;
  const steps = target.split('/').filter((step) => step !== '.' && step !== '');
  const up = steps.findIndex((step) => step !== '..');
  const down = up < 0 ? [] : steps.slice(up);
  const ups = steps.length - down.length;
  return ups < path.split('/').length && !down.some(meansGit);
}
