import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { foreignLines } from '../tidy/words.ts';
import { createCliWorkspace, findItem, jvagent, session } from './fixture.ts';

const reading = [
  ['status'],
  ['sessions'],
  ['sessions', 'codechange/acme'],
  ['show', 'codechange/acme', 'wi-12'],
  ['logs'],
  ['logs', 'codechange/acme', 'wi-12'],
  ['explain', 'codechange/acme', '12'],
  ['explain', 'codechange/acme', '99'],
  ['agent', 'list'],
  ['agent', 'check'],
  ['audit', 'tail'],
  ['audit', 'verify'],
  ['audit', 'export'],
  ['costs', '--by', 'agent,month'],
  ['messages'],
  ['proposals'],
  ['memory', 'log', 'codechange/acme'],
  ['open'],
  ['open', 'codechange/acme', '12'],
  ['trust', 'codechange/acme', '--dry-run'],
];

/** They ask other systems, or go on until they are stopped, and have tests of their own. */
const readingElsewhere = ['doctor', 'heartbeat', 'send', 'start', 'demo', 'emulate', 'bench', 'test live'];

const writing = [
  ...['init', 'agent add', 'agent remove', 'pause', 'resume', 'cancel', 'retry', 'rollback', 'release'],
  ...['confirm', 'decline', 'memory accept', 'memory revert', 'backup', 'restore', 'support', 'test'],
];

const escapeCharacter = String.fromCharCode(27);
const hostile = `Guard ${escapeCharacter}[31mkeys`;

async function createHostileWorkspace() {
  const workspace = createCliWorkspace();
  await workspace.fill(async (store) => {
    await findItem(store, hostile);
    await store.log.append(session, [{ at: 1, kind: 'text', text: hostile, result: `${escapeCharacter}[2J` }]);
  });
  return workspace;
}

test('every command that reads prints one JSON document and nothing else', async () => {
  const { run } = await createHostileWorkspace();
  for (const args of reading) {
    const { code, out, err } = await run(...args, '--json');
    expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
    expect(JSON.parse(out), args.join(' ')).toBeTypeOf('object');
    expect(out, args.join(' ')).not.toContain(escapeCharacter);
  }
});

test('no command prints escape sequences from outside', async () => {
  const { run } = await createHostileWorkspace();
  for (const args of reading) {
    const { code, out } = await run(...args);
    expect({ args, code, isHarmless: !out.includes(escapeCharacter) }).toEqual({ args, code: 0, isHarmless: true });
  }
});

describe('wrong usage is exit code 2', () => {
  test.each([
    [],
    ['no-such-command'],
    ['show', 'codechange/acme'],
    ['status', '--no-such-option'],
    ['explain', 'codechange/acme', '0'],
    ['explain', 'codechange/acme', '1e3'],
    ['send', 'agent/codechange/acme', 'x', '[1]'],
    ['logs', '-f', '--json'],
    ['start', '--port', '99999'],
    ['test', 'no-such-suite'],
    ['agent', 'add', 'codechange/acme', '--set', 'nothing'],
    ['costs', '--by', 'moon'],
  ])('%s %s', async (...args) => {
    const { code, out, err } = await createCliWorkspace().run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/\nRun `jvagent [a-z -]*--help` to see .*\.\n$|^Usage: jvagent /);
  });
});

/** The help of a command and of all below it. */
async function helpOf(...words: string[]): Promise<{ name: string; text: string; isLeaf: boolean }[]> {
  const { code, out } = await jvagent(...words, '--help');
  expect({ words, code }).toEqual({ words, code: 0 });
  const [, listed = ''] = out.split('\nCommands:\n');
  const inner = [...listed.matchAll(/^ {2}([a-z]+)(?: |$)/gm)].flatMap(([, name = '']) =>
    name === 'help' ? [] : [name],
  );
  const below = await Promise.all(inner.map((name) => helpOf(...words, name)));
  return [{ name: words.join(' '), text: out, isLeaf: inner.length === 0 }, ...below.flat()];
}

test('every command prints JSON, or only writes: a new one belongs into one of these lists', async () => {
  const all = await helpOf();
  const readers = [...reading.map((args) => args.join(' ')), ...readingElsewhere];
  const reads = (name: string) => readers.some((reader) => reader === name || reader.startsWith(`${name} `));
  const leaves = all.filter(({ isLeaf }) => isLeaf);
  const unknown = leaves.filter(({ name }) => !writing.includes(name) && !reads(name));
  expect(unknown.map(({ name }) => name)).toEqual([]);
  const silent = leaves.filter(({ name, text }) => !writing.includes(name) && !/^ +--json/m.test(text));
  expect(silent.map(({ name }) => name)).toEqual([]);
});

test('the help of every command says what it does, in everyday words', async () => {
  const texts = await helpOf();
  expect(texts.length).toBeGreaterThan(35);
  for (const { text } of texts) {
    const [usage = '', what = ''] = text.split('\n\n');
    expect(what, usage).toMatch(/^\S.{10}/);
    expect(foreignLines([{ path: usage, text }])).toEqual([]);
    expect(text).not.toMatch(/let no|on and on|\bshall\b/);
    const undescribed = text.split('\n').filter((line) => /^ {2}(-|<|\[)?[a-z-]+\S*( <\S+>)?\s*$/.test(line));
    expect(undescribed, usage).toEqual([]);
  }
});

describe('a refusal is exit code 1 with its reason on stderr', () => {
  test.each([
    [['show', 'codechange/acme', 'wi-1'], 'no session wi-1'],
    [['heartbeat', 'codechange/nobody'], 'AGENT_ID'],
    [['pause', 'codechange/nobody'], 'AGENT_ID'],
    [['send', 'nowhere', 'x'], 'ADDRESS_DENIED'],
    [['send', 'agent/codechange/acme', 'Not A Command'], 'command'],
    [['agent', 'add', 'Bad Id'], 'AGENT_ID'],
    [['agent', 'add', 'docs', '--from', '/no/such/file.json'], 'no such file'],
  ])('%s', async (args, reason) => {
    const { code, out, err } = await createCliWorkspace().run(...args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(reason);
  });
});

test('--root may follow the command, and a missing folder is never created', async () => {
  const { root } = createCliWorkspace();
  expect((await jvagent('status', '--root', root)).code).toBe(0);
  const { code, err } = await jvagent('status', '--root', `${root}/typo`);
  expect({ code, made: existsSync(`${root}/typo`) }).toEqual({ code: 1, made: false });
  expect(err).toContain('typo');
});

test('nothing is written in a folder that is not a workspace', async () => {
  const { path } = createCliWorkspace();
  mkdirSync(path('other'));
  const why = `${path('other')} is not a workspace: it has no agent, no .env and no state. Name yours with --root, or make one with \`jvagent init\`.`;
  for (const command of [['status'], ['sessions'], ['logs'], ['pause']]) {
    const { code, err } = await jvagent(...command, '--root', path('other'));
    expect({ code, err }).toEqual({ code: 1, err: `${why}\n` });
  }
  expect(readdirSync(path('other'))).toEqual([]);
});

test('help and version exit with 0', async () => {
  expect(await jvagent('--version')).toMatchObject({ code: 0, err: '' });
  const help = await jvagent('show', '--help');
  expect(help).toMatchObject({ code: 0, err: '' });
  expect(help.out).toContain('--root');
});
