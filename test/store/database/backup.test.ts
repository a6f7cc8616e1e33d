import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backUpDated } from '../../../src/store/database/backups/dated.ts';
import { restoreState } from '../../../src/store/database/backups/restore.ts';
import { backUpState } from '../../../src/store/database/backups/state-file.ts';
import { acme, openTestStore, startProcess, testFolder } from '../fixture.ts';

const now = Date.UTC(2026, 10, 29, 13, 40, 5);
const storeModule = new URL('../../../src/store/database/database.ts', import.meta.url).href;

async function stateAndPlace() {
  const { folder, store } = await openTestStore();
  await store.agents.pause(acme);
  const dir = join(testFolder(), 'backups');
  mkdirSync(dir);
  return { folder, dir };
}

const names = (dir: string) => readdirSync(dir).sort();

test('a backup is whole while another process writes all the time, and nothing else is left beside it', async () => {
  const { folder, dir } = await stateAndPlace();
  const writer = startProcess(`
    const { openStore } = await import(${JSON.stringify(storeModule)});
    const clock = { now: () => Date.now(), sleep: async () => {} };
    const store = await openStore({ folder: ${JSON.stringify(folder)}, clock });
    for (let n = 0; ; n += 1) {
      await store.agents.pause('agent-' + n);
      if (n === 3) console.log('writing');
    }`);
  await once(writer.stdout, 'data');
  for (const nth of [1, 2, 3]) expect(await backUpState({ folder }, join(dir, `${nth}.db`))).toBeUndefined();
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  expect(names(dir)).toEqual(['1.db', '2.db', '3.db']);
  for (const name of names(dir)) {
    expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
    const restored = testFolder();
    expect(await restoreState({ folder: restored }, join(dir, name), now)).toEqual({ open: 0 });
    const { store } = await openTestStore({ folder: restored });
    expect((await store.agents.list()).map(({ agentId }) => agentId)).toContain('agent-3');
  }
});

test('two backups at the same second are two files, also while both are being written', async () => {
  const { folder, dir } = await stateAndPlace();
  const both = await Promise.all([1, 2].map(() => backUpDated({ folder }, { dir, keep: 9, now })));
  const files = ['jvagent-2026-11-29T13-40-05Z-01.db', 'jvagent-2026-11-29T13-40-05Z-02.db'];
  expect(both.map((one) => 'file' in one && one.file)).toEqual(files.map((name) => join(dir, name)));
  expect(names(dir)).toEqual(files);
});

test('the newest are kept, the one just written always, and files with other names are left alone', async () => {
  const { folder, dir } = await stateAndPlace();
  const others = ['jvagent-2020-01-01T00-00-00Z-01.db.old', 'notes.db', 'before-upgrade.db'];
  for (const name of others) writeFileSync(join(dir, name), '');
  for (const day of [1, 2, 3, 4]) await backUpDated({ folder }, { dir, keep: 3, now: now + day * 86_400_000 });
  const dated = () => names(dir).filter((name) => !others.includes(name));
  expect(dated().map((name) => name.slice(8, 18))).toEqual(['2026-12-01', '2026-12-02', '2026-12-03']);
  // The clock of the machine went back.
  expect(await backUpDated({ folder }, { dir, keep: 1, now })).toMatchObject({ kept: 1 });
  expect(dated().map((name) => name.slice(8, 18))).toEqual(['2026-11-29']);
  expect(names(dir)).toEqual(expect.arrayContaining(others));
});

test('a backup that fails leaves nothing, deletes none of the others, and says why', async () => {
  const { folder, dir } = await stateAndPlace();
  await backUpDated({ folder }, { dir, keep: 1, now });
  const before = names(dir);
  const noState = await backUpDated({ folder: testFolder() }, { dir, keep: 1, now: now + 1_000 });
  expect(noState).toEqual({ fault: expect.stringContaining('There is no state in') });
  expect(await backUpDated({ folder }, { dir: join(dir, 'no'), keep: 1, now })).toEqual({
    fault: expect.stringContaining('is not a folder'),
  });
  expect(await backUpState({ folder }, join(dir, 'no/state.db'))).toContain('cannot be written');
  // Nobody can make a file there, root neither.
  expect(await backUpState({ folder }, '/sys/state.db')).toContain('cannot be written');
  expect(names(dir)).toEqual(before);
});

test('what a killed backup left is removed a day later, not while another one may be writing it', async () => {
  const { folder, dir } = await stateAndPlace();
  const drafts = ['.jvagent-2026-11-27T00-00-00Z-01.db.part', '.jvagent-2026-11-29T00-00-00Z-01.db.part'];
  for (const [nth, name] of drafts.entries()) {
    writeFileSync(join(dir, name), 'half');
    const at = new Date(now - (2 - 2 * nth) * 86_400_000);
    utimesSync(join(dir, name), at, at);
  }
  await backUpDated({ folder }, { dir, keep: 1, now });
  expect(names(dir)).toEqual([drafts[1], 'jvagent-2026-11-29T13-40-05Z-01.db']);
});
