/**
 * Path patterns like git's (`*`, `**`, `?`, `[...]`, backslash), matched in bounded time for every pattern.
 *
 * Both sides are compared byte by byte, like in git, and every pair of positions is tried only once.
 */

type Step =
  | { kind: 'byte'; byte: string }
  | { kind: 'one' }
  | { kind: 'set'; negated: boolean; has: (byte: string) => boolean }
  | { kind: 'star'; crossesFolders: boolean }
  | { kind: 'folders' }
  | { kind: 'rest' };

/** Whether a whole path matches. */
export type Glob = (path: string) => boolean;

const namedSets: Record<string, RegExp> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /[^\x20-\x7e\x80-\xff]/,
  digit: /[0-9]/,
  graph: /[\x21-\x7e]/,
  lower: /[a-z]/,
  print: /[\x20-\x7e]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\v\f\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Reads `[...]`; `at` is after its bracket. Undefined if it does not end or names an unknown set. */
function readSet(pattern: string, at: number): { step: Step; next: number } | undefined {
  const negated = pattern[at] === '!' || pattern[at] === '^';
  const tests: ((byte: string) => boolean)[] = [];
  const first = negated ? at + 1 : at;
  let next = first;
  while (next === first || pattern[next] !== ']') {
    const named = /^\[:([a-z]*):\]/.exec(pattern.slice(next, next + 12));
    if (named) {
      const set = namedSets[named[1] ?? ''];
      if (!set) return undefined;
      tests.push((byte) => set.test(byte));
      next += named[0].length;
      continue;
    }
    if (pattern[next] === '\\') next += 1;
    const low = pattern[next];
    if (low === undefined) return undefined;
    next += 1;
    let high = low;
    if (pattern[next] === '-' && pattern[next + 1] !== ']' && pattern[next + 1] !== undefined) {
      next += pattern[next + 1] === '\\' ? 2 : 1;
      high = pattern[next] ?? '';
      next += 1;
    }
    tests.push((byte) => byte >= low && byte <= high);
  }
  return { step: { kind: 'set', negated, has: (byte) => tests.some((test) => test(byte)) }, next: next + 1 };
}

/** Reads the stars at `at`: two are special only if they match whole path segments. */
function readStars(pattern: string, at: number): { step: Step; next: number } {
  let next = at;
  while (pattern[next] === '*') next += 1;
  const whole = next - at >= 2 && (at === 0 || pattern[at - 1] === '/');
  if (whole && next === pattern.length) return { step: { kind: 'rest' }, next };
  if (whole && pattern[next] === '/') return { step: { kind: 'folders' }, next: next + 1 };
  // Two stars before an escaped slash do not match whole folders, but they do match slashes.
  const crossesFolders = whole && pattern.startsWith('\\/', next);
  return { step: { kind: 'star', crossesFolders }, next };
}

function readSteps(pattern: string): Step[] | undefined {
  const steps: Step[] = [];
  let at = 0;
  while (at < pattern.length) {
    const byte = pattern[at] ?? '';
    if (byte === '*' || byte === '[') {
      const read = byte === '*' ? readStars(pattern, at) : readSet(pattern, at + 1);
      if (!read) return undefined;
      steps.push(read.step);
      at = read.next;
    } else if (byte === '\\') {
      if (at + 1 === pattern.length) return undefined;
      steps.push({ kind: 'byte', byte: pattern[at + 1] ?? '' });
      at += 2;
    } else {
      steps.push(byte === '?' ? { kind: 'one' } : { kind: 'byte', byte });
      at += 1;
    }
  }
  return steps;
}

function matchSteps(steps: readonly Step[], text: string): boolean {
  const width = text.length + 1;
  const failed = new Set<number>();
  const attempt = (stepAt: number, textAt: number): boolean => {
    const key = stepAt * width + textAt;
    if (failed.has(key)) return false;
    if (follow(stepAt, textAt)) return true;
    failed.add(key);
    return false;
  };
  const follow = (stepAt: number, textAt: number): boolean => {
    const step = steps[stepAt];
    const byte = text[textAt];
    if (!step) return byte === undefined;
    if (step.kind === 'rest') return true;
    if (step.kind === 'star') {
      if (attempt(stepAt + 1, textAt)) return true;
      return byte !== undefined && (byte !== '/' || step.crossesFolders) && attempt(stepAt, textAt + 1);
    }
    if (step.kind === 'folders') {
      if (attempt(stepAt + 1, textAt)) return true;
      const slash = text.indexOf('/', textAt);
      return slash >= 0 && attempt(stepAt, slash + 1);
    }
    if (byte === undefined) return false;
    if (step.kind === 'byte') return step.byte === byte && attempt(stepAt + 1, textAt + 1);
    if (byte === '/') return false;
    return (step.kind === 'one' || step.has(byte) !== step.negated) && attempt(stepAt + 1, textAt + 1);
  };
  return attempt(0, 0);
}

/** Compiles a pattern; a pattern that is malformed in git matches nothing. */
export function createGlob(pattern: string): Glob {
  const steps = readSteps(bytesOf(pattern));
  if (!steps) return () => false;
  return (path) => matchSteps(steps, bytesOf(path));
}
