/** A vitest reporter that shows the progress of a test run on standard error: a line for each twentieth of its files, and at least one per minute. */
import { relative } from 'node:path';
import type { Reporter, TestModule, TestSpecification } from 'vitest/node';

const shares = 20;
const everyMs = 60_000;

/** Whole minutes and seconds, such as `3 min 05 s`. */
function durationText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

const nameOf = ({ moduleId, project }: TestModule) => relative(project.config.root, moduleId);

/** Made by vitest itself, from the default export. */
class TestProgress implements Reporter {
  private readonly startedAt = performance.now();
  private readonly underWay = new Set<string>();
  private files = 0;
  private filesDone = 0;
  private passed = 0;
  private failed = 0;
  private timer: NodeJS.Timeout | undefined;

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.files = specifications.length;
    const suites = new Set(specifications.map(({ project }) => project.name));
    process.stderr.write(`tests: ${this.files} files of ${[...suites].join(', ')}\n`);
    this.again();
  }

  onTestModuleStart(file: TestModule): void {
    this.underWay.add(nameOf(file));
  }

  onTestModuleEnd(file: TestModule): void {
    this.underWay.delete(nameOf(file));
    for (const test of file.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') this.passed += 1;
      if (state === 'failed') this.failed += 1;
    }
    const before = Math.floor((this.filesDone * shares) / this.files);
    this.filesDone += 1;
    if (Math.floor((this.filesDone * shares) / this.files) > before) this.say();
  }

  onTestRunEnd(): void {
    clearTimeout(this.timer);
  }

  private say(): void {
    const counts = `${this.filesDone} of ${this.files} files, ${this.passed} passed, ${this.failed} failed`;
    const now = this.underWay.size > 0 ? `; now ${[...this.underWay].join(', ')}` : '';
    process.stderr.write(`tests: ${counts}, ${durationText(performance.now() - this.startedAt)}${now}\n`);
    this.again();
  }

  private again(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.say(), everyMs);
    this.timer.unref();
  }
}

export default TestProgress;
