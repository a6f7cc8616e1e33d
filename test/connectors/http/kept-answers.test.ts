import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createKeptAnswers } from '../../../src/connectors/http/kept-answers.ts';
import { limits } from '../../../src/limits.ts';

const root = mkdtempSync(join(tmpdir(), 'jvagent-kept-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(root, 'f-'));
});

/** Asks as the client of GitHub does. */
function conditional(fetch: typeof globalThis.fetch, place: string, token: string) {
  const kept = createKeptAnswers(place, token);
  return async (address: string) => kept.whole(address, await fetch(address, { headers: kept.headersFor(address) }));
}

/** A server whose answer changes when `version` does; what it was asked. */
function server(bodyOf = (version: number) => `{"version":${version}}`) {
  const its = { version: 1, statuses: [] as number[], fetch: globalThis.fetch };
  its.fetch = async (_, init) => {
    const etag = `W/"${its.version}"`;
    const isSame = new Headers(init?.headers).get('if-none-match') === etag;
    its.statuses.push(isSame ? 304 : 200);
    const headers = {
      etag,
      'content-type': 'application/json',
      'x-ratelimit-remaining': `${100 - its.statuses.length}`,
    };
    return isSame ? new Response(null, { status: 304, headers }) : new Response(bodyOf(its.version), { headers });
  };
  return its;
}

const url = 'https://api.example.com/repos/acme/app/pulls/1';

test('what has not changed is read from the folder, with the headers of the present answer', async () => {
  const its = server();
  await conditional(its.fetch, folder, 'token')(url);
  const again = await conditional(its.fetch, folder, 'token')(url);
  expect(its.statuses).toEqual([200, 304]);
  expect(again.status).toBe(200);
  expect(again.headers.get('content-type')).toBe('application/json');
  expect(again.headers.get('x-ratelimit-remaining')).toBe('98');
  expect(await again.json()).toEqual({ version: 1 });
  its.version = 2;
  expect(await (await conditional(its.fetch, folder, 'token')(url)).json()).toEqual({ version: 2 });
});

test('another token and another address never get a kept answer', async () => {
  const its = server();
  await conditional(its.fetch, folder, 'token')(url);
  await conditional(its.fetch, folder, 'other')(url);
  await conditional(its.fetch, folder, 'token')(`${url}?page=2`);
  expect(its.statuses).toEqual([200, 200, 200]);
  const stored = readdirSync(folder).map((name) => name + readFileSync(join(folder, name), 'utf8'));
  expect(stored.join()).not.toContain('token');
});

test('a broken file is asked for again, and a long answer is not kept', async () => {
  const its = server();
  await conditional(its.fetch, folder, 'token')(url);
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '{"etag":');
  expect(await (await conditional(its.fetch, folder, 'token')(url)).json()).toEqual({ version: 1 });
  const long = server(() => 'x'.repeat(limits.keptAnswerBytesMax + 1));
  await conditional(long.fetch, folder, 'token')(`${url}/files`);
  expect(readdirSync(folder)).toHaveLength(1);
});

test('the folder has a bounded number of answers', async () => {
  const its = server();
  const asking = conditional(its.fetch, folder, 'token');
  for (let n = 0; n <= limits.keptAnswersMax + 5; n += 1) await asking(`${url}?n=${n}`);
  expect(readdirSync(folder).length).toBeLessThanOrEqual(limits.keptAnswersMax);
});
