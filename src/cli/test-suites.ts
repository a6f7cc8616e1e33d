/** Runs test suites with vitest in a separate environment, and reads the results. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { known } from '../base/known.ts';
import { ownEnvironment } from '../settings.ts';

export const suiteNames = ['unit', 'stories', 'conformance', 'redteam', 'kill', 'claims', 'browser'] as const;

export type SuiteName = (typeof suiteNames)[number];

/** A case that a test's title begins with, such as `GB-01`; `failed` when any test of it was. */
interface CaseOutcome {
  readonly id: string;
  readonly outcome: string;
}

interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface TestReport extends TestCounts {
  /** Of the suite `redteam`, in the order of their ids. */
  readonly cases: readonly CaseOutcome[];
  /** What ended them before they finished; their outcome is unknown then. */
  readonly stoppedBy?: NodeJS.Signals;
}

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), title: z.string() })),
    }),
  ),
});

type Report = z.output<typeof reportSchema>;

/** The projects of vitest.config.ts that make a suite: some are tried on several databases. */
function projectsOf(suite: SuiteName, all: boolean): readonly string[] {
  if (suite === 'unit') return ['unit', 'postgres', 'pooled'];
  return suite === 'stories' && all ? ['stories', 'swapped'] : [suite];
}

const nothing: TestReport = { passed: 0, failed: 0, skipped: 0, cases: [] };

/** Suites that have test files in the project's `test/`; those of `unit` can be anywhere in it. */
export function suitesWithFiles(project: string): SuiteName[] {
  return suiteNames.filter((name) => {
    const folder = join(project, name === 'unit' ? 'test' : `test/${name}`);
    return globSync('**/*.test.ts', { cwd: folder }).length > 0;
  });
}

type TestFile = Report['testResults'][number];

/** Whether it failed before any of its tests could. */
const isBroken = ({ status, assertionResults }: TestFile) =>
  status === 'failed' && assertionResults.every((test) => test.status !== 'failed');

function countsIn(report: Report, code: number | null): TestCounts {
  const failed = report.numFailedTests + report.testResults.filter(isBroken).length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** The outcomes of all tests whose title begins with an id, by that id. */
function casesIn({ testResults }: Report): CaseOutcome[] {
  const tests = testResults
    .filter(({ name }) => name.includes('/test/redteam/'))
    .flatMap((file) =>
      file.assertionResults.map((test) => ({ ...test, status: isBroken(file) ? 'failed' : test.status })),
    );
  const byId = Map.groupBy(tests, ({ title }) => /^[A-Z]{2}-\d{2}\b/.exec(title)?.[0] ?? '');
  byId.delete('');
  const outcomes = [...byId].map(([id, its]) => {
    const worst = its.find(({ status }) => status === 'failed') ?? its.find(({ status }) => status !== 'passed');
    return { id, outcome: worst?.status ?? 'passed' };
  });
  return outcomes.sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** A broken file counts as one failure, and so does an end without a report. */
function readReport(reportFile: string, code: number | null): TestReport {
  if (!existsSync(reportFile)) return { ...nothing, failed: 1 };
  const report = reportSchema.parse(JSON.parse(readFileSync(reportFile, 'utf8')));
  return { ...countsIn(report, code), cases: casesIn(report) };
}

/** Signals that end the tests, and waits until everything that they started has ended. */
const stopping = ['SIGINT', 'SIGTERM'] as const;
const groupEndMs = 5_000;

const progressFile = join(import.meta.dirname, 'test-progress.ts');

interface SuiteOptions {
  /** Vitest's output and progress go to our own standard output and error, unless they are ignored. */
  output?: 'inherit' | 'ignore';
  /** Suites that sample their cases try all of them, and more paths. */
  all?: boolean;
  /** How many seeds of trouble the suites `kill` and `claims` go through. */
  seeds?: number;
  /** That seed of the suite, and nothing else. */
  seed?: number;
}

/** Whether there was a process to signal. */
function signalGroup(leader: number | undefined, signal: NodeJS.Signals | 0): boolean {
  try {
    return leader !== undefined && process.kill(-leader, signal);
  } catch {
    return false;
  }
}

/** Ends what does not end by itself. */
async function groupEnded(leader: number | undefined): Promise<void> {
  for (const until = Date.now() + groupEndMs; Date.now() < until; await sleep(50)) {
    if (!signalGroup(leader, 0)) return;
  }
  signalGroup(leader, 'SIGKILL');
}

export async function runSuites(
  project: string,
  suites: readonly SuiteName[],
  { output = 'inherit', all = false, seeds, seed }: SuiteOptions = {},
): Promise<TestReport> {
  if (suites.length === 0) return nothing;
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-test-'));
  const reportFile = join(folder, 'report.json');
  const vitest = join(project, 'node_modules/vitest/vitest.mjs');
  const reporters = ['default', 'json', progressFile].map((reporter) => `--reporter=${reporter}`);
  const projects = suites.flatMap((suite) => projectsOf(suite, all)).map((name) => `--project=${name}`);
  const files = seed === undefined ? [] : suites.map((suite) => `test/${suite}/seeds.test.ts`);
  const tests = known({
    JVAGENT_ALL: all ? '1' : undefined,
    JVAGENT_SEEDS: seeds?.toString(),
    JVAGENT_SEED: seed?.toString(),
  });
  let stoppedBy: NodeJS.Signals | undefined;
  let stop = (_signal: NodeJS.Signals) => {};
  try {
    const child = spawn(
      process.execPath,
      [vitest, 'run', ...reporters, `--outputFile.json=${reportFile}`, ...projects, ...files],
      {
        cwd: project,
        env: { ...ownEnvironment(), HOME: homedir(), CI: 'true', ...tests },
        stdio: ['ignore', output, output],
        // In its own process group, which can be ended as a whole.
        detached: true,
      },
    );
    stop = (signal) => {
      stoppedBy = signal;
      signalGroup(child.pid, 'SIGTERM');
    };
    for (const signal of stopping) process.once(signal, stop);
    const [code] = (await once(child, 'exit')) as [number | null];
    if (!stoppedBy) return readReport(reportFile, code);
    await groupEnded(child.pid);
    return { ...nothing, stoppedBy };
  } finally {
    for (const signal of stopping) process.off(signal, stop);
    rmSync(folder, { recursive: true, force: true });
  }
}
