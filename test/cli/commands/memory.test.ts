import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { memoryFolderOf } from '../../../src/agents/memory-folder.ts';
import { systemClock } from '../../../src/base/clock.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import { runCommandLine } from '../../../src/cli/program.ts';
import { openStore } from '../../../src/store/database/database.ts';

/** A workspace whose agent `docs` has one accepted text, and the draft of a work item. */
async function begin() {
  const root = mkdtempSync(join(tmpdir(), 'memory-command-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, 'docs');
  mkdirSync(join(folder, 'memory'), { recursive: true });
  writeFileSync(join(folder, 'jvAgent.json'), '{"id": "docs", "name": "Docs"}', { mode: 0o600 });
  const notesFile = join(folder, 'memory', 'notes.md');
  writeFileSync(notesFile, '- old\n', { mode: 0o600 });
  const store = await openStore({ folder: join(root, '.jvagent', 'state'), clock: systemClock });
  const session = { agentId: 'docs' as never, sessionId: 'wi-7' as SessionId };
  await store.sessions.ensure(session);
  const claim = await store.sessions.claim({ ...session, owner: 'node-1', leaseMs: 30_000, batchMax: 10 });
  const files = [{ file: 'notes.md', text: '- old\n- new\n', base: 1 }];
  await store.memory.keep(
    { ...session, epoch: claim?.epoch ?? 0, claimId: claim?.claimId ?? '' },
    memoryFolderOf(folder),
    files,
  );
  await store.close();

  const said = { out: '', err: '' };
  const streams = {
    out(text: string) {
      said.out += text;
    },
    err(text: string) {
      said.err += text;
    },
  };
  const run = async (...args: string[]) => {
    Object.assign(said, { out: '', err: '' });
    return runCommandLine(['--root', root, 'memory', ...args], streams);
  };
  const log = async () => {
    expect(await run('log', 'docs', '--json')).toBe(0);
    return JSON.parse(said.out) as Record<string, unknown>[];
  };
  return { run, log, said, notes: () => readFileSync(notesFile, 'utf8') };
}

it('shows every version, with who wrote it and whether it counts', async () => {
  const { run, log, said } = await begin();
  expect(await log()).toMatchObject([
    { seq: 1, file: 'notes.md', origin: 'file', accepted: true, text: '- old\n', bytes: 6 },
    { seq: 2, file: 'notes.md', origin: 'turn', accepted: false, sessionId: 'wi-7', bytes: 12 },
  ]);
  expect(await run('log', 'docs')).toBe(0);
  expect(said.out).toMatch(/^2 .* notes\.md +wi-7 +no +12 bytes$/m);
  expect(await run('log', 'nobody')).toBe(1);
});

it('accepts a draft once, and goes back to an earlier version', async () => {
  const { run, log, said, notes } = await begin();
  expect(await run('accept', 'docs', '2')).toBe(0);
  expect(notes()).toBe('- old\n- new\n');
  await run('accept', 'docs', '2');
  expect(said.out).toContain('counts already');
  expect(await run('revert', 'docs', '1')).toBe(0);
  expect(notes()).toBe('- old\n');
  expect(await log()).toMatchObject([{ seq: 1 }, { seq: 2, accepted: true }, { seq: 3, origin: 'revert' }]);
});

it('refuses a missing version, and anything but a number', async () => {
  const { run, said } = await begin();
  expect(await run('revert', 'docs', '9')).toBe(1);
  expect(said.err).toContain('jvagent memory log docs');
  expect(await run('accept', 'docs', 'last')).toBe(2);
});
