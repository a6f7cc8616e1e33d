import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runProgram } from '../../src/base/program.ts';
import { runSuites, suitesWithFiles } from '../../src/cli/test-suites.ts';
import { ownEnvironment } from '../../src/settings.ts';

const suitesModule = new URL('../../src/cli/test-suites.ts', import.meta.url).href;
const nodeModules = join(import.meta.dirname, '../../node_modules');

function createProject(files: Record<string, string>): string {
  const project = mkdtempSync(join(tmpdir(), 'suites-'));
  onTestFinished(() => rmSync(project, { recursive: true, force: true }));
  symlinkSync(nodeModules, join(project, 'node_modules'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), text);
  }
  return project;
}

const config = `export default { test: { silent: true, projects: [
  { test: { name: 'unit', include: ['test/*.test.ts'] } },
  { test: { name: 'postgres', include: ['test/store/*.test.ts'] } },
  { test: { name: 'stories', include: ['test/stories/*.test.ts'] } },
  { test: { name: 'swapped', include: ['test/stories/*.test.ts'] } },
  { test: { name: 'kill', include: ['test/kill/*.test.ts'] } },
  { test: { name: 'redteam', include: ['test/redteam/*.test.ts'] } },
] } };`;

const imports = "import { expect, test } from 'vitest';\n";

test('counts passed, failed and skipped tests, and files that never reached their tests', async () => {
  const project = createProject({
    'vitest.config.mjs': config,
    'test/a.test.ts': `${imports}test('good', () => {}); test('bad', () => expect(1).toBe(2)); ${'test.'}skip('later', () => {});`,
    'test/b.test.ts': "import './missing.ts';",
    'test/kill/c.test.ts': `${imports}test('never asked for', () => {});`,
  });
  expect(suitesWithFiles(project)).toEqual(['unit', 'kill']);
  expect(await runSuites(project, ['unit'], { output: 'ignore' })).toEqual({
    passed: 1,
    failed: 2,
    skipped: 1,
    cases: [],
  });
});

test('the suite of fast tests has the tests of the store on PostgreSQL', async () => {
  const project = createProject({
    'vitest.config.mjs': config,
    'test/a.test.ts': `${imports}test('good', () => {});`,
    'test/store/b.test.ts': `${imports}test('bad there', () => expect(1).toBe(2));`,
  });
  expect(await runSuites(project, ['unit'], { output: 'ignore' })).toMatchObject({ passed: 1, failed: 1 });
  expect(await runSuites(project, ['kill'], { output: 'ignore' })).toMatchObject({ passed: 0 });
});

test('stories are told once, and with all twice', async () => {
  const project = createProject({
    'vitest.config.mjs': config,
    'test/stories/a.test.ts': `${imports}test('good', () => {});`,
  });
  expect(await runSuites(project, ['stories'], { output: 'ignore' })).toMatchObject({ passed: 1 });
  expect(await runSuites(project, ['stories'], { output: 'ignore', all: true })).toMatchObject({ passed: 2 });
});

test('a red team case is as bad as its worst test, and failed if its file is broken', async () => {
  const project = createProject({
    'vitest.config.mjs': config,
    'test/redteam/a.test.ts': `${imports}test('GB-02 a', () => {}); test('GB-01 a', () => {}); test('GB-01 b', () => expect(1).toBe(2));`,
    'test/redteam/b.test.ts': `import { beforeAll, test } from 'vitest'; beforeAll(() => { throw new Error('no'); }); test('AG-03 a', () => {}); test('else', () => {});`,
  });
  const { cases } = await runSuites(project, ['redteam'], { output: 'ignore' });
  const outcomes = [
    { id: 'AG-03', outcome: 'failed' },
    { id: 'GB-01', outcome: 'failed' },
    { id: 'GB-02', outcome: 'passed' },
  ];
  expect(cases).toEqual(outcomes);
});

test('tests see nothing of our environment', async () => {
  vi.stubEnv('AZDO_PAT', 'of the machine');
  onTestFinished(() => void vi.unstubAllEnvs());
  const project = createProject({
    'vitest.config.mjs': config,
    'test/a.test.ts': `${imports}test('clean', () => expect(process.env.AZDO_PAT).toBeUndefined());`,
  });
  expect(await runSuites(project, ['unit'], { output: 'ignore' })).toMatchObject({ passed: 1, failed: 0, skipped: 0 });
});

test('progress goes to standard error: files, tests, and what is running', async () => {
  const project = createProject({
    'vitest.config.mjs': config,
    'test/a.test.ts': `${imports}test('good', () => {}); test('bad', () => expect(1).toBe(2));`,
    'test/kill/b.test.ts': `${imports}test('good', () => {});`,
  });
  const progress = join(import.meta.dirname, '../../src/cli/test-progress.ts');
  const args = [join(project, 'node_modules/vitest/vitest.mjs'), 'run', `--reporter=${progress}`];
  const env = { ...ownEnvironment(), HOME: project };
  const { stdout, stderr } = await runProgram({ file: process.execPath, args, cwd: project, env, timeoutMs: 180_000 });
  expect(stdout.toString()).toBe('');
  const lines = stderr.trim().split('\n');
  expect(lines[0]).toBe('tests: 2 files of unit, kill');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^tests: 1 of 2 files, 1 passed, \d failed, 0 min \d\d s(; now test\/\S+)?$/);
  expect(lines[2]).toMatch(/^tests: 2 of 2 files, 2 passed, 1 failed, 0 min \d\d s$/);
});

test('if stopped, it first ends everything that it started', async () => {
  const project = createProject({ 'vitest.config.mjs': config });
  const mark = join(project, 'pid');
  const lasting = `import { writeFileSync } from 'node:fs';
    test('lasts', () => { writeFileSync(${JSON.stringify(mark)}, String(process.pid)); return new Promise(() => {}); }, 60_000);`;
  mkdirSync(join(project, 'test'));
  writeFileSync(join(project, 'test/a.test.ts'), `${imports}${lasting}`);
  const code = `const { runSuites } = await import(${JSON.stringify(suitesModule)});
    console.log((await runSuites(${JSON.stringify(project)}, ['unit'], { output: 'ignore' })).stoppedBy);`;
  const started = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: { ...ownEnvironment(), HOME: project },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void started.kill('SIGKILL'));
  await expect.poll(() => existsSync(mark)).toBe(true);
  started.kill('SIGTERM');
  expect((await text(started.stdout)).trim()).toBe('SIGTERM');
  expect(() => process.kill(Number(readFileSync(mark, 'utf8')), 0)).toThrow('ESRCH');
});

test('no tests run means no tests passed', async () => {
  expect(await runSuites('/', [])).toEqual({ passed: 0, failed: 0, skipped: 0, cases: [] });
});
