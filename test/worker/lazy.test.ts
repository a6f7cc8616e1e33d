/** What a worker process loads before a turn of the engine. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../../src/base/program.ts';
import { ownEnvironment } from '../../src/settings.ts';

const worker = join(import.meta.dirname, '../../src/worker/main.ts');

/** Prints the address of each module that comes with this one. */
const listing = `
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
registerHooks({ load(url, context, next) { console.log(url); return next(url, context); } });
await import(pathToFileURL(process.argv[1]).href);
`;

test('a worker that only looks at a board has loaded nothing that only a work item, a person or a program needs', async () => {
  const args = ['--input-type=module', '--eval', listing, worker];
  const env = { ...ownEnvironment(), HOME: import.meta.dirname };
  const { code, stdout } = await runProgram({ file: process.execPath, args, env, timeoutMs: 60_000 });
  const loaded = stdout.toString().trim().split('\n');
  expect(code).toBe(0);
  expect(loaded.some((url) => url.endsWith('/src/connectors/azure-devops/azure-devops.ts'))).toBe(true);
  const packages =
    '@anthropic-ai|@modelcontextprotocol|@octokit|@hono|ajv|better-sqlite3|diff|pino|unified|undici|nodemailer';
  const heavy = new RegExp(
    `node_modules/(${packages})/|/src/(engine|tools|effects)/|/src/(git/tree|turns/item)/|node:http$`,
  );
  expect(loaded.filter((url) => heavy.test(url))).toEqual([]);
  expect(loaded.filter((url) => url.includes('/locales/'))).toEqual([expect.stringContaining('/locales/en.js')]);
  expect(loaded.length).toBeLessThan(240);
});
