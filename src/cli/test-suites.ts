/** Runs vitest over some suites with an environment of its own, and counts what came of their tests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { programEnvironment } from '../settings.ts';

/** The projects of vitest.config.ts. */
export const suiteNames = ['unit', 'stories', 'conformance', 'redteam', 'kill', 'browser'] as const;

export type SuiteName = (typeof suiteNames)[number];

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

/** Suites that have test files in the project's `test/`; those of `unit` stand anywhere in it. */
export function suitesWithFiles(project: string): SuiteName[] {
  return suiteNames.filter((name) => {
    const folder = join(project, name === 'unit' ? 'test' : `test/${name}`);
    return globSync('**/*.test.ts', { cwd: folder }).length > 0;
  });
}

/** A file that failed before any test of it could is one failure more, and so is an end without a report. */
function countsIn(reportFile: string, code: number | null): TestCounts {
  if (!existsSync(reportFile)) return { passed: 0, failed: 1, skipped: 0 };
  const report = reportSchema.parse(JSON.parse(readFileSync(reportFile, 'utf8')));
  const broken = report.testResults.filter(({ status, assertionResults }) => {
    return status === 'failed' && assertionResults.every((test) => test.status !== 'failed');
  });
  const failed = report.numFailedTests + broken.length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** What vitest prints goes to our own standard output and error, unless it is ignored. */
export async function runSuites(
  project: string,
  suites: readonly SuiteName[],
  output: 'inherit' | 'ignore' = 'inherit',
): Promise<TestCounts> {
  if (suites.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-test-'));
  const reportFile = join(folder, 'report.json');
  const vitest = join(project, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const projects = suites.map((suite) => `--project=${suite}`);
  try {
    const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...projects], {
      cwd: project,
      env: { ...programEnvironment(), HOME: homedir(), CI: 'true' },
      stdio: ['ignore', output, output],
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    return countsIn(reportFile, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
