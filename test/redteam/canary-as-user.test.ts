/**
 * The canary proof once more, with the platform started by an ordinary user, since a sandbox is entered differently then.
 *
 * root -> a folder of that user's -> vitest as that user on canary.test.ts, from this checkout or a copy that it can read
 */
import { chownSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type ProgramResult, runProgram } from '../../src/base/program.ts';

const checkout = join(import.meta.dirname, '../..');
/** All that the proof needs of the checkout, by name. */
const parts = readdirSync(checkout).filter((name) => !name.startsWith('.'));
const isRoot = process.getuid?.() === 0;
/** A user without an entry in any list, who owns nothing but the folder that is made for it. */
const uid = 20_002;
const timeoutMs = 300_000;

/** A program as that user, with an environment built from nothing. */
const asUser = (folder: string, file: string, args: readonly string[], cwd = '/'): Promise<ProgramResult> =>
  runProgram({ file, args, cwd, uid, timeoutMs, env: { HOME: folder, TMPDIR: folder, PATH: '/usr/bin:/bin' } });

/** Whether that user can read all of it: a folder on the way may be closed, and so may files. */
async function canRead(folder: string): Promise<boolean> {
  const places = [process.execPath, ...parts.map((name) => join(checkout, name))];
  const { code, stdout } = await asUser(folder, '/usr/bin/find', [...places, '!', '-readable', '-print', '-quit']);
  return code === 0 && stdout.length === 0;
}

/** Gives that user a copy in its folder. */
async function copyTo(folder: string): Promise<{ node: string; place: string }> {
  const [node, place] = [join(folder, 'node'), join(folder, 'checkout')];
  cpSync(process.execPath, node, { dereference: true });
  for (const name of parts) {
    cpSync(join(checkout, name), join(place, name), { recursive: true, verbatimSymlinks: true });
  }
  const owner = ['-hR', `${uid}:${uid}`, folder];
  expect(await runProgram({ file: '/bin/chown', args: owner, env: {}, timeoutMs })).toMatchObject({ code: 0 });
  return { node, place };
}

/** vitest on the proof, as that user; its report stands in the folder. */
async function prove(folder: string): Promise<ProgramResult & { report: string }> {
  const here = { node: process.execPath, place: checkout };
  const { node, place } = (await canRead(folder)) ? here : await copyTo(folder);
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  // The configuration is loaded as it is, since nothing can be written beside it.
  const how = ['run', '--configLoader=native', '--project=redteam', ...reporters];
  const args = [join(place, 'node_modules/vitest/vitest.mjs'), ...how, 'test/redteam/canary.test.ts'];
  return { ...(await asUser(folder, node, args, place)), report };
}

test(
  'where an ordinary user starts it, the same canaries are nowhere and the same controls are found',
  async ({ skip }) => {
    const why = 'Not started as root: canary.test.ts proves an ordinary user here, and the other half needs root.';
    if (!isRoot) console.info(why);
    skip(!isRoot, why);
    const folder = mkdtempSync(join(tmpdir(), 'cu-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    chownSync(folder, uid, uid);
    const { code, stdout, stderr, report } = await prove(folder);
    expect(code, `${stdout}${stderr}`).toBe(0);
    const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
    expect(numPassedTests).toBe(numTotalTests);
    expect(numPassedTests).toBeGreaterThanOrEqual(5);
  },
  timeoutMs,
);
