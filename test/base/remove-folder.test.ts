import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { removeFolder, removeFolderApart } from '../../src/base/remove-folder.ts';
import { asAnybody } from './as-anybody.ts';

const product = new URL('../../src/base/remove-folder.ts', import.meta.url).href;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'remove-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a folder is removed with its content, and targets of its links stay', () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'gone/inner'), { recursive: true });
  mkdirSync(join(folder, 'kept'));
  writeFileSync(join(folder, 'kept/file'), 'x');
  symlinkSync(join(folder, 'kept'), join(folder, 'gone/inner/link'));
  removeFolder(join(folder, 'gone'));
  removeFolder(join(folder, 'never-was'));
  expect([existsSync(join(folder, 'gone')), existsSync(join(folder, 'kept/file'))]).toEqual([false, true]);
});

test('a folder is removed while this process goes on, one that is missing too, and none after the signal', async () => {
  const folder = newFolder();
  for (const name of ['gone', 'left']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'file'), 'x');
  }
  const { signal } = new AbortController();
  let hasGoneOn = false;
  setImmediate(() => {
    hasGoneOn = true;
  });
  expect(await removeFolderApart(join(folder, 'gone'), signal)).toBeUndefined();
  expect(hasGoneOn).toBe(true);
  expect(await removeFolderApart(join(folder, 'never-was'), signal)).toBeUndefined();
  expect(await removeFolderApart(join(folder, 'left'), AbortSignal.abort())).toBeUndefined();
  expect([existsSync(join(folder, 'gone')), existsSync(join(folder, 'left'))]).toEqual([false, true]);
});

test('a folder whose parent is closed cannot be removed, and why is told', async () => {
  const parent = newFolder();
  const { code, stdout, stderr } = await asAnybody(`
    import { chmodSync, mkdirSync } from 'node:fs';
    import { removeFolderApart } from '${product}';
    mkdirSync('${parent}/left');
    chmodSync('${parent}', 0o500);
    console.log(await removeFolderApart('${parent}/left', new AbortController().signal));
    chmodSync('${parent}', 0o700);`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.toString()).toContain("cannot remove '");
  expect(existsSync(join(parent, 'left'))).toBe(true);
});

const removals = ['removeFolder(gone)', 'await removeFolderApart(gone, new AbortController().signal)'];

test.each(removals)('nested closed folders, deeper than a path may be long, are removed by %s', async (removal) => {
  const gone = join(newFolder(), 'gone');
  const { code, stderr } = await asAnybody(`
    import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
    import { removeFolder, removeFolderApart } from '${product}';
    const gone = '${gone}';
    mkdirSync('${gone}/outer/inner', { recursive: true });
    writeFileSync('${gone}/outer/inner/file', 'x');
    process.chdir('${gone}/outer');
    for (let depth = 0; depth < 60; depth++) {
      mkdirSync('d'.repeat(100));
      process.chdir('d'.repeat(100));
    }
    mkdirSync('closed/inner', { recursive: true });
    chmodSync('closed', 0);
    process.chdir('/');
    chmodSync('${gone}/outer/inner', 0);
    chmodSync('${gone}/outer', 0o300);
    ${removal};`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(existsSync(gone)).toBe(false);
});
