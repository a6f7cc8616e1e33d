import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../../src/base/program.ts';
import { removeFolder } from '../../src/base/remove-folder.ts';

const isRoot = process.getuid?.() === 0;
const product = new URL('../../src/base/remove-folder.ts', import.meta.url).href;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'remove-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** In a process without the right of root to pass by modes. */
function asAnybody(script: string) {
  const node = [process.execPath, '--input-type=module', '-e', script];
  const [file = '', ...args] = isRoot ? ['/usr/bin/setpriv', '--bounding-set=-all', '--', ...node] : node;
  return runProgram({ file, args, env: {}, timeoutMs: 20_000 });
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

test('nested closed folders, deeper than a path may be long, are removed', async () => {
  const gone = join(newFolder(), 'gone');
  const { code, stderr } = await asAnybody(`
    import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
    import { removeFolder } from '${product}';
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
    removeFolder('${gone}');`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(existsSync(gone)).toBe(false);
});
