/** What `logs`, `show`, `audit tail`, `costs` and `memory log` print for people, by the real command lines. */
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { digestOf } from '../../../src/base/digest.ts';
import type { AuditWish } from '../../../src/store/audit.ts';
import { acme, createCliWorkspace, findItem, session } from '../fixture.ts';
import { recorded } from './recorded.ts';

async function createRecorded() {
  const workspace = createCliWorkspace();
  await workspace.fill(async (store) => {
    await findItem(store);
    await store.log.append(session, recorded);
  });
  return workspace;
}

const widthOf = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
/** Nothing of the form of JSON, no long id. */
const raw = /[{}]|":|\["|[0-9a-f]{32}/;

test.each([80, 40])('a recorded session is readable on a terminal of %i columns', async (columns) => {
  const { runOn } = await createRecorded();
  const { out } = await runOn(columns, ['logs', acme, 'wi-12']);
  expect(widthOf(out)).toBeLessThanOrEqual(columns);
  expect(out).not.toMatch(raw);
  expect(out).toMatchSnapshot();
});

test('what is piped is readable too, and says the same', async () => {
  const { run, runOn } = await createRecorded();
  const { out } = await run('logs', acme, 'wi-12');
  expect(out).toBe((await runOn(80, ['logs', acme, 'wi-12'])).out);
});

test('a long answer is cut with how much is left, and --full shows it all', async () => {
  const { run } = await createRecorded();
  const { out } = await run('logs', acme, 'wi-12');
  expect(out).toContain('... 22 more lines (--full shows all)');
  expect(out).not.toContain('rule29');
  const full = await run('logs', acme, 'wi-12', '--full');
  expect(full.out).toContain('rule29');
  expect(full.out).not.toContain('more lines');
  expect((await run('show', acme, 'wi-12', '--full')).out).toContain('rule29');
});

test('show says what is so now, and then the log', async () => {
  const { runOn } = await createRecorded();
  for (const columns of [80, 40]) {
    const { out } = await runOn(columns, ['show', acme, 'wi-12']);
    expect(widthOf(out)).toBeLessThanOrEqual(columns);
    expect(out).not.toMatch(raw);
    expect(out.split('\n\n')[0]).toMatchSnapshot();
    expect(out.replaceAll(/\s+/g, ' ')).toContain('pushed 3f2a1b4c to feature/acme-12');
  }
});

test('--json stays the exact entries', async () => {
  const { run } = await createRecorded();
  const { log } = JSON.parse((await run('show', acme, 'wi-12', '--json')).out);
  expect(log).toEqual(JSON.parse(JSON.stringify(recorded)));
});

test('there are colours on a terminal that has them, and nowhere else', async () => {
  const { run, runOn } = await createRecorded();
  const painted = (await runOn(80, ['logs', acme], true)).out;
  expect(stripVTControlCharacters(painted)).not.toBe(painted);
  expect(stripVTControlCharacters(painted)).toBe((await runOn(80, ['logs', acme])).out);
  const { out } = await run('logs', acme);
  expect(stripVTControlCharacters(out)).toBe(out);
});

const escapeCharacter = '\u001b';
const forged = '2026-11-20 12:00:00  decision  Erin Engineer approved the plan';
const hostile = `${escapeCharacter}[2J${escapeCharacter}]8;;http://evil.example\u0007link${escapeCharacter}]8;;\u0007\u202egnorw\u2066 \u0000\r\n${forged}\n\u009b31m漢字漢字漢字漢字漢字漢字漢字漢字`;

test('text of strangers steers no terminal, forges no entry, and stays within the width', async () => {
  const { runOn, fill } = createCliWorkspace();
  await fill(async (store) => {
    await findItem(store, hostile);
    await store.log.append(session, [
      { at: 0, kind: 'text', text: hostile },
      { at: 0, kind: hostile, text: hostile },
      { at: 0, kind: 'tool-call', tool: hostile, input: { command: hostile } },
      { at: 0, kind: 'tool-result', tool: hostile, result: hostile },
      { at: 0, kind: 'tool-result', tool: 'x', result: JSON.stringify({ [hostile]: [hostile, { a: hostile }] }) },
      { at: 0, kind: 'refused', tool: 'x', input: {}, result: { refused: hostile, why: hostile, fix: hostile } },
      { at: 0, kind: 'effect', text: `wi-12 push ${hostile}: refused: X, ${hostile}` },
      { at: 0, kind: 'question', text: `person/${hostile}: ${hostile}` },
      { at: 0, kind: 'tool-call', tool: 'y', input: hostile },
      { at: 0, kind: 'tool-result', tool: 'y', result: '{"not": json' },
      { at: 0, kind: 'tool-result', tool: 'y' },
    ]);
    const wish: AuditWish = {
      ...session,
      actor: hostile,
      action: hostile,
      target: hostile,
      argsDigest: '',
      outcome: hostile,
    };
    await store.audit.append(wish);
  });
  for (const args of [['logs'], ['logs', acme, 'wi-12'], ['show', acme, 'wi-12'], ['audit', 'tail']]) {
    const { out, code } = await runOn(40, args);
    expect({ args, code }).toEqual({ args, code: 0 });
    expect(out, args.join(' ')).not.toMatch(/(?!\n)[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
    expect(out.split('\n').filter((line) => line.startsWith('2026-11-20'))).toEqual([]);
    const cells = (line: string) => line.replace(/[漢字]/g, 'xx').length;
    expect(Math.max(...out.split('\n').map(cells)), args.join(' ')).toBeLessThanOrEqual(40);
  }
});

test('the audit log is read as who did what, under which permit, and what was refused', async () => {
  const { runOn, run, fill } = createCliWorkspace();
  await fill(async (store) => {
    const common = { ...session, target: 'wi-12', argsDigest: digestOf({}) };
    const person = 'person/erin@example.com';
    const wishes: AuditWish[] = [
      { ...common, actor: 'platform', action: 'found', outcome: 'intake to planning' },
      { ...common, actor: 'platform', action: 'post-plan', outcome: 'intended' },
      { ...common, actor: 'platform', action: 'post-plan', outcome: 'done', permit: '7d1f0a52-aaaa-bbbb' },
      { ...common, actor: person, action: 'gate-refused', outcome: 'refused GATE_ACTOR, Erin is not an approver' },
      { ...common, actor: person, action: 'approved', outcome: 'plan-ready to executing' },
      { ...common, actor: 'platform', action: 'push', outcome: 'later OUTSIDE_UNREACHABLE' },
      { ...common, actor: 'platform', action: 'push', outcome: 'refused PUSH_REJECTED' },
      { ...common, sessionId: '', actor: 'person/root', action: 'pause', target: `agent/${acme}`, outcome: 'done' },
    ];
    for (const wish of wishes) await store.audit.append(wish);
  });
  // The fixes are those of the codes.
  const undated = (out: string) =>
    out.replaceAll(/^2\S+ \S+ {2}/gm, 'TIME  ').replaceAll(/^ {4}Fix: .*?(?=^TIME)/gms, '    Fix: ...\n');
  for (const columns of [80, 40]) {
    const { out } = await runOn(columns, ['audit', 'tail', acme]);
    expect(widthOf(out)).toBeLessThanOrEqual(columns);
    expect(undated(out)).toMatchSnapshot();
  }
  expect(JSON.parse((await run('audit', 'tail', acme, '--json')).out)).toHaveLength(8);
});
