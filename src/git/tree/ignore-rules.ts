/** The ignore rules of a commit's `.gitignore` files, read as data; also the pattern form of `git.allowMeta`. */
import { createGlob, type Glob } from '../../base/text/glob.ts';

export interface IgnoreFile {
  /** Its folder; empty for the top. */
  folder: string;
  text: string;
}

export interface IgnoreRules {
  /** Whether git would ignore this untracked path. */
  ignores(path: string, isFolder: boolean): boolean;
}

interface Rule {
  negated: boolean;
  foldersOnly: boolean;
  /** Whether the pattern is compared only with the last name; otherwise with the path from the rule's folder. */
  nameOnly: boolean;
  glob: Glob;
}

/** Removes trailing spaces, unless a backslash keeps them. */
function trimSpaces(line: string): string {
  return /^(?:\\.|[^\\])*?(?= *$)/s.exec(line)?.[0] ?? line;
}

function parseRule(raw: string): Rule | undefined {
  if (raw.startsWith('#')) return undefined;
  const line = trimSpaces(raw);
  const negated = line.startsWith('!');
  const body = negated ? line.slice(1) : line;
  const foldersOnly = body.endsWith('/');
  const pattern = foldersOnly ? body.slice(0, -1) : body;
  if (pattern === '') return undefined;
  const nameOnly = !pattern.includes('/');
  return { negated, foldersOnly, nameOnly, glob: createGlob(pattern.startsWith('/') ? pattern.slice(1) : pattern) };
}

/** The rules by priority: the last line comes first. */
function parseRules(text: string): Rule[] {
  return text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line) => parseRule(line.replace(/\r$/, '')))
    .filter((rule) => rule !== undefined)
    .reverse();
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function createIgnoreRules(files: readonly IgnoreFile[]): IgnoreRules {
  const byFolder = new Map(files.map((file) => [file.folder, parseRules(file.text)]));
  const folders = new Map<string, boolean>([['', false]]);

  function decide(path: string, isFolder: boolean): boolean {
    const name = path.slice(path.lastIndexOf('/') + 1);
    for (let folder = parentOf(path); ; folder = parentOf(folder)) {
      const below = folder === '' ? path : path.slice(folder.length + 1);
      const found = byFolder
        .get(folder)
        ?.find((rule) => (isFolder || !rule.foldersOnly) && rule.glob(rule.nameOnly ? name : below));
      if (found) return !found.negated;
      if (folder === '') return false;
    }
  }

  function folderIgnored(folder: string): boolean {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const ignored = folderIgnored(parentOf(folder)) || decide(folder, true);
    folders.set(folder, ignored);
    return ignored;
  }

  return {
    ignores: (path, isFolder) =>
      isFolder ? folderIgnored(path) : folderIgnored(parentOf(path)) || decide(path, false),
  };
}
