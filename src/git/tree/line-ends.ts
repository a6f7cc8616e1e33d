/**
 * Line ends as `git add` would commit them, by the attributes `text`, `crlf` and `eol` (git-scm.com/docs/gitattributes).
 *
 * Git says which attributes a path has; it reads them from `.gitattributes` files of a commit, as data. The conversion is
 * ours, because git has no command for it that leaves filters alone: `filter`, `ident` and `working-tree-encoding` are never
 * asked about. A tree keeps the bytes of its blobs, LF also where a checkout would write CRLF; git sees no change there.
 */
import { join } from 'node:path';
import { records } from '../git-program.ts';
import type { Repository } from '../repository.ts';
import type { StatIndex } from './stat-index.ts';

/** `text`: every CRLF becomes LF. `auto`: only in a file that looks like text and has no CRLF in the commit yet. */
export type TextRule = 'text' | 'auto';

/** The rule of each path that has one. */
export type TextRulesOf = (paths: readonly string[]) => Promise<ReadonlyMap<string, TextRule>>;

type Attributes = Readonly<Record<string, string>>;

/** What `text`, or the older `crlf`, says by itself; other values say nothing. */
const saidBy: Readonly<Record<string, TextRule | 'binary'>> = {
  set: 'text',
  input: 'text',
  auto: 'auto',
  unset: 'binary',
};

function ruleOf({ text = '', crlf = '', eol = '' }: Attributes): TextRule | undefined {
  const said = saidBy[text] ?? saidBy[crlf];
  if (said === 'binary') return undefined;
  return said ?? (eol === 'lf' || eol === 'crlf' ? 'text' : undefined);
}

/** Answers of `check-attr -z`: path, attribute and value, again and again. */
function parseRules(answers: readonly string[]): Map<string, TextRule> {
  const byPath = new Map<string, Record<string, string>>();
  for (let at = 0; at + 2 < answers.length; at += 3) {
    const [path = '', name = '', value = ''] = answers.slice(at, at + 3);
    byPath.set(path, { ...byPath.get(path), [name]: value });
  }
  const rules = [...byPath].map(([path, attributes]) => [path, ruleOf(attributes)] as const);
  return new Map(rules.flatMap(([path, rule]) => (rule ? [[path, rule]] : [])));
}

/** Calls `use` with the rules of the index's commit. Git is asked only where the commit has a `.gitattributes` file. */
export async function withTextRules<T>(
  { git, withScratch }: Repository,
  index: StatIndex,
  use: (rulesOf: TextRulesOf) => Promise<T>,
): Promise<T> {
  const files = [...index.entries].filter(
    ([path, { mode }]) => /(^|\/)\.gitattributes$/.test(path) && mode.startsWith('100'),
  );
  if (files.length === 0) return use(async () => new Map());
  return withScratch(async (scratch) => {
    const env = { GIT_INDEX_FILE: join(scratch, 'index') };
    const input = files.map(([path, { mode, oid }]) => `${mode} ${oid}\t${path}\0`).join('');
    await git(['update-index', '-z', '--add', '--index-info'], { env, input });
    return use(async (paths) => {
      if (paths.length === 0) return new Map();
      const asked = paths.map((path) => `${path}\0`).join('');
      const args = ['check-attr', '--cached', '-z', '--stdin', 'text', 'crlf', 'eol'];
      return parseRules(records((await git(args, { env, input: asked })).stdout));
    });
  });
}

const [newline, carriageReturn, endOfFile, deletion, firstPrintable] = [10, 13, 26, 127, 32];
/** Backspace, tab, form feed and escape. */
const plainControls = new Set([8, 9, 12, 27]);

/** Git's own test: a NUL, a CR without its LF, or more than one odd byte to 128 plain ones. */
function looksBinary(bytes: Buffer): boolean {
  let [odd, plain] = [0, 0];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === 0 || (byte === carriageReturn && bytes[at + 1] !== newline)) return true;
    if (byte === carriageReturn || byte === newline) continue;
    if (byte === deletion || (byte < firstPrintable && !plainControls.has(byte))) odd += 1;
    else plain += 1;
  }
  if (bytes.at(-1) === endOfFile) odd -= 1;
  return plain >> 7 < odd;
}

const crlf = '\r\n';

/** Whether a file holds a CRLF: without one no rule changes it. */
export const hasCrlf = (bytes: Buffer): boolean => bytes.includes(crlf);

/**
 * The bytes that are committed for what a file holds. `committed` is what the commit has at its path, if anything: a file
 * that is there with CRLF keeps it under `auto`, so that nobody's first edit changes every line.
 */
export function normalized(bytes: Buffer, rule: TextRule | undefined, committed: Buffer | undefined): Buffer {
  if (rule === undefined || !hasCrlf(bytes)) return bytes;
  if (rule === 'auto') {
    if (looksBinary(bytes)) return bytes;
    if (committed && hasCrlf(committed) && !looksBinary(committed)) return bytes;
  }
  return Buffer.from(bytes.toString('latin1').replaceAll(crlf, '\n'), 'latin1');
}
