import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readFileBelow, readFilesIn, readRegularFile, writeFileWhole } from '../../src/base/files.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'files-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const textOf = (path: string, bytesMax = 100) => {
  const read = readRegularFile(path, bytesMax);
  return 'bytes' in read ? read.bytes.toString() : read.fault;
};

test('a regular file is read whole, with what it is', () => {
  const path = join(folder(), 'a');
  writeFileSync(path, 'hello', { mode: 0o640 });
  const read = readRegularFile(path, 5);
  expect('stat' in read && [read.bytes.toString(), read.stat.mode & 0o777]).toEqual(['hello', 0o640]);
  expect(textOf(path, 4)).toBe('too-big');
});

test('a link, a folder, a pipe and a missing file are distinguished without waiting', () => {
  const path = folder();
  writeFileSync(join(path, 'a'), 'secret');
  symlinkSync('a', join(path, 'link'));
  mkdirSync(join(path, 'folder'));
  execFileSync('mkfifo', [join(path, 'pipe')]);
  expect(['link', 'folder', 'pipe', 'none', 'a/b'].map((name) => textOf(join(path, name)))).toEqual([
    ...['link', 'special', 'special', 'missing', 'missing'],
  ]);
});

test('a file with two names shows that it has them', () => {
  const path = folder();
  writeFileSync(join(path, 'a'), '');
  linkSync(join(path, 'a'), join(path, 'b'));
  const read = readRegularFile(join(path, 'b'), 10);
  expect('stat' in read && read.stat.nlink).toBe(2);
});

test('the wanted files of a folder are read by name, and one behind a link is not read', () => {
  const path = folder();
  for (const name of ['b.js', 'a.js', 'c.txt']) writeFileSync(join(path, name), name);
  symlinkSync('c.txt', join(path, 'd.js'));
  const options = { isWanted: (name: string) => name.endsWith('.js'), namesMax: 4, bytesMax: 100 };
  const read = readFilesIn(path, options)?.map((file) => [file.name, 'fault' in file.read ? file.read.fault : 'read']);
  expect(read).toEqual([
    ['a.js', 'read'],
    ['b.js', 'read'],
    ['d.js', 'link'],
  ]);
  expect(readFilesIn(path, { ...options, namesMax: 3 })).toBeUndefined();
  expect(readFilesIn(join(path, 'none'), options)).toBeUndefined();
  symlinkSync(path, join(path, 'loop'));
  expect(readFilesIn(join(path, 'loop'), options)).toBeUndefined();
});

test('a file is written whole, only for its owner, with its folder, and leaves nothing else', () => {
  const path = join(folder(), 'deep', 'er', 'a');
  writeFileWhole(path, 'one');
  writeFileWhole(path, 'two');
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['two', 0o600]);
  expect(readdirSync(join(path, '..'))).toEqual(['a']);
});

test('writing over a link replaces the link, not its target', () => {
  const path = folder();
  writeFileSync(join(path, 'kept'), 'kept');
  symlinkSync('kept', join(path, 'a'));
  writeFileWhole(join(path, 'a'), 'new');
  expect([textOf(join(path, 'a')), textOf(join(path, 'kept'))]).toEqual(['new', 'kept']);
});

test('a file below a folder is read by its path, and no link leads out of it', () => {
  const path = folder();
  const outside = folder();
  writeFileSync(join(outside, 'secret'), 'secret');
  mkdirSync(join(path, 'a/b'), { recursive: true });
  writeFileSync(join(path, 'a/b/c'), 'hello');
  symlinkSync(outside, join(path, 'out'));
  symlinkSync(join(outside, 'secret'), join(path, 'a/link'));
  const at = (inside: string) => {
    const read = readFileBelow(path, inside, 5);
    return 'bytes' in read ? read.bytes.toString() : read.fault;
  };
  expect(['a/b/c', 'a', 'a/b/none', 'a/b/c/d', ''].map(at)).toEqual([
    'hello',
    'special',
    'missing',
    'missing',
    'missing',
  ]);
  expect(['out/secret', 'a/link'].map(at)).toEqual(['missing', 'link']);
  expect(['../x', 'a/../a/b/c', '/etc/passwd', './a/b/c'].map(at)).toEqual([
    'missing',
    'missing',
    'missing',
    'missing',
  ]);
});
