import { defineConfig } from 'vitest/config';

// One project a suite of `./jvagent test`: the fast ones are `unit`; the others start real programs.
const suites = ['stories', 'conformance', 'redteam', 'kill', 'browser'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: suites.map((suite) => `test/${suite}/**`).concat('test/live/**'),
        },
      },
      ...suites.map((name) => ({
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          pool: 'forks' as const,
          maxWorkers: 3,
          maxConcurrency: 2,
        },
      })),
    ],
  },
});
