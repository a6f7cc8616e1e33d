import { existsSync } from 'node:fs';
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

/** The help of a command and of all below it, by the words that name it. */
async function helpOf(...words: string[]): Promise<string[]> {
  const { code, out } = await jvagent(...words, '--help');
  expect({ words, code }).toEqual({ words, code: 0 });
  const [, listed = ''] = out.split('\nCommands:\n');
  const inner = [...listed.matchAll(/^ {2}([a-z]+)(?: |$)/gm)].flatMap(([, name = '']) =>
    name === 'help' ? [] : [name],
  );
  const below = await Promise.all(inner.map((name) => helpOf(...words, name)));
  return [out, ...below.flat()];
}

test('the help of every command says what it does, in everyday words', async () => {
  const texts = await helpOf();
  expect(texts.length).toBeGreaterThan(35);
  for (const text of texts) {
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

test('help and version exit with 0', async () => {
  expect(await jvagent('--version')).toMatchObject({ code: 0, err: '' });
  const help = await jvagent('show', '--help');
  expect(help).toMatchObject({ code: 0, err: '' });
  expect(help.out).toContain('--root');
});
