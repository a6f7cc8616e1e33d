/** Which files become tools, told without loading any. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findTools, leftOutText } from '../../src/tools/loader.ts';

async function foldersWith(files: Record<string, string>) {
  const root = await mkdtemp(join(tmpdir(), 'jvagent-loader-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folders = ['own/tools', 'parent/tools', 'tools'].map((folder) => join(root, folder));
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(root, file), text);
  return { root, folders };
}

const ourUid = process.getuid?.() ?? 0;
const anotherUid = ourUid + 1;

const foundIn = (root: string, folders: string[], readerUid = ourUid) => {
  const { tools, leftOut } = findTools(folders, readerUid);
  const files = tools.map(({ name, file }) => `${name} ${file.slice(root.length + 1)}`);
  return { files, warnings: leftOut.map((each) => leftOutText(each).replaceAll(`${root}/`, '')) };
};

it('the nearest tool of a name wins, and all three folders are looked into', async () => {
  const { root, folders } = await foldersWith({
    'own/tools/report.js': '',
    'parent/tools/report.js': '',
    'parent/tools/units.mjs': '',
    'tools/report.cjs': '',
    'tools/mail.cjs': '',
  });
  expect(foundIn(root, folders)).toEqual({
    files: ['report own/tools/report.js', 'units parent/tools/units.mjs', 'mail tools/mail.cjs'],
    warnings: [],
  });
});

it('a file with the name of a platform tool is ignored, wherever it is', async () => {
  const { root, folders } = await foldersWith({
    'own/tools/git-ops.js': '',
    'tools/azdo.mjs': '',
    'tools/ask.cjs': '',
  });
  const { files, warnings } = foundIn(root, folders);
  expect(files).toEqual([]);
  expect(warnings).toEqual([
    'own/tools/git-ops.js is left out: git-ops is a tool of the platform',
    'tools/ask.cjs is left out: ask is a tool of the platform',
    'tools/azdo.mjs is left out: azdo is a tool of the platform',
  ]);
});

it('links, folders, open, oversized and misnamed files are left out with a reason', async () => {
  const { root, folders } = await foldersWith({
    'own/tools/open.js': '',
    'own/tools/large.js': ' '.repeat((1 << 20) + 1),
    'own/tools/GitOps.js': '',
    'own/tools/twice.js': '',
    'own/tools/twice.mjs': '',
    'own/tools/_part.js': '',
    'own/tools/notes.md': '',
  });
  chmodSync(join(root, 'own/tools/open.js'), 0o664);
  symlinkSync('/etc/passwd', join(root, 'own/tools/linked.js'));
  mkdirSync(join(root, 'own/tools/folder.js'));
  const { files, warnings } = foundIn(root, folders);
  expect(files).toEqual(['twice own/tools/twice.js']);
  expect(warnings).toEqual([
    'own/tools/GitOps.js is left out: a tool is named with a-z, 0-9 and dash, and ends in .js, .mjs or .cjs',
    'own/tools/folder.js is left out: it is not a regular file',
    'own/tools/large.js is left out: it is larger than 1048576 bytes',
    'own/tools/linked.js is left out: it is not a regular file',
    'own/tools/open.js is left out: it can be written by group or world',
    expect.stringContaining('own/tools/twice.mjs is left out'),
  ]);
});

it('a folder that is a link, or that others can write, is not looked into', async () => {
  const { root, folders } = await foldersWith({ 'parent/tools/a.js': '', 'tools/b.js': '' });
  symlinkSync(join(root, 'parent/tools'), join(root, 'linked'));
  chmodSync(join(root, 'tools'), 0o777);
  const found = findTools([join(root, 'linked'), join(root, 'missing'), folders[2] ?? ''], ourUid);
  expect(found.tools).toEqual([]);
  expect(found.folders).toEqual([]);
  expect(found.leftOut).toHaveLength(2);
});

it("what the sandbox's user could not read is left out, and the fix is said", async () => {
  const { root, folders } = await foldersWith({ 'own/tools/a.js': '', 'own/tools/b.js': '', 'tools/c.js': '' });
  chmodSync(join(root, 'own/tools/a.js'), 0o600);
  chmodSync(join(root, 'tools'), 0o700);
  expect(foundIn(root, folders, anotherUid)).toEqual({
    files: ['b own/tools/b.js'],
    warnings: [
      `own/tools/a.js is left out: it is closed to the sandbox's user ${anotherUid}: chmod 644`,
      `tools is left out: it is closed to the sandbox's user ${anotherUid}: chmod 755`,
    ],
  });
  expect(foundIn(root, folders).warnings).toEqual([]);
});
