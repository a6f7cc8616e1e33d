import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { sqliteOnly } from './test/postgres/sqlite-only.ts';
import { storeUsers } from './test/postgres/store-users.ts';
import { storyDatabases } from './test/stories/databases.ts';

// One project a suite of `./jvagent test`: the fast ones are `unit`; the others start real programs.
const suites = ['stories', 'conformance', 'redteam', 'kill', 'claims', 'browser'];

const shared = {
  pool: 'forks' as const,
  // A suite's files share a few processes: what they import is loaded once in each. Node runs the sources as they are.
  isolate: false,
  experimental: { viteModuleRunner: false, nodeLoader: false },
  // More than there are cores: a story mostly waits for the programs that it started.
  maxWorkers: 4,
  // What is waited for takes the time it takes on a slow machine; a test's own bound says when it is too long.
  expect: { poll: { timeout: 60_000 } },
  // As the launcher has it: our processes share what Node makes of the sources, so that a worker starts in half the time.
  env: { NODE_COMPILE_CACHE: join(import.meta.dirname, '.node/compile-cache') },
};

// The store's tests again, and those of the supervisor that keep a state, on a real PostgreSQL that one setup starts for the whole call;
// some of them through a pooler too.
const store = ['test/store/**/*.test.ts'];
const postgresOnly = 'test/store/**/postgres*.test.ts';
const pooled = ['database/postgres', 'audit', 'effects', 'items', 'memory', 'messages', 'sessions'].map(
  (name) => `test/store/${name}.test.ts`,
);
const postgres = ['test/postgres/setup.ts'];
const onPostgres = [
  {
    name: 'postgres',
    include: [...store, ...storeUsers()],
    exclude: Object.keys(sqliteOnly),
    setupFiles: ['test/store/plans/watch.ts'],
  },
  { name: 'pooled', include: pooled, setupFiles: ['test/postgres/untried.ts'] },
];

// Only with `test --all`: each story that can be is told once more, on the other database.
const sqliteStories = Object.keys(storyDatabases).filter((name) => storyDatabases[name] === 'sqlite only');
const swapped = {
  name: 'swapped',
  include: ['test/stories/**/*.test.ts'],
  exclude: sqliteStories.map((name) => `test/stories/${name}.test.ts`),
  globalSetup: postgres,
  provide: { swapped: true },
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          // The statements of the store are explained wherever they are made.
          setupFiles: ['test/store/plans/watch.ts'],
          include: ['test/**/*.test.ts'],
          exclude: suites.map((suite) => `test/${suite}/**`).concat('test/live/**', 'test/pictures/**', postgresOnly),
          // Some start a dozen real programs, on machines that do other things too.
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      ...onPostgres.map((project) => ({
        test: {
          ...shared,
          ...project,
          globalSetup: postgres,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      })),
      // Only where somebody asks for it: it writes the pictures of the pages in docs/.
      { test: { ...shared, name: 'pictures', include: ['test/pictures/**/*.test.ts'], testTimeout: 240_000 } },
      ...[...suites.map((name) => ({ name, include: [`test/${name}/**/*.test.ts`] })), swapped].map((project) => ({
        test: {
          ...shared,
          ...project,
          ...(project.name === 'stories' ? { globalSetup: postgres } : {}),
          // A story of two minutes takes ten and more on a machine at a seventh of its speed.
          testTimeout: 900_000,
          hookTimeout: 480_000,
          maxConcurrency: 2,
        },
      })),
    ],
  },
});
