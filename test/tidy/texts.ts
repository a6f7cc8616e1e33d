/** Every text file of the checkout, with what is fetched, built or secret left out. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface Text {
  /** Below the root, with forward slashes. */
  path: string;
  text: string;
}

/** Folders; in a linked worktree `.git` is a file. */
const closed = new Set(['node_modules', '.git', '.node', '.jvagent', 'dist', 'coverage']);
const isPrivate = (name: string) => name.endsWith('.env') || name.endsWith('.log');

function walk(root: string, folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return closed.has(entry.name) ? [] : walk(root, path);
    return entry.isFile() && !isPrivate(entry.name) && !closed.has(entry.name) ? [relative(root, path)] : [];
  });
}

export function readTexts(root: string): Text[] {
  return walk(root, root).map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}
