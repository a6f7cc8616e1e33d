/**
 * Answers with their ETags, kept in a private folder of one agent: what has not changed is answered with 304 and read from there.
 *
 * A worker ends when it is idle, so they are on disk. Each is of one address and one token, and its server is always asked.
 */
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../../base/digest.ts';
import { isMissing, readRegularFile, writeFileWhole } from '../../base/files.ts';
import { limits } from '../../limits.ts';

const keptShape = z.object({ etag: z.string(), headers: z.record(z.string(), z.string()), body: z.string() });
type Kept = z.output<typeof keptShape>;

/** What is kept of the headers: the form of the body and its next page. */
const keptHeaders = ['content-type', 'link'];

/** Undefined for what is missing or broken: it is asked for again. */
function readKept(path: string): Kept | undefined {
  const read = readRegularFile(path, 2 * limits.keptAnswerBytesMax);
  if ('fault' in read) return undefined;
  try {
    return keptShape.parse(JSON.parse(read.bytes.toString('utf8')));
  } catch {
    return undefined;
  }
}

/** Removes those that were not asked for in the longest time, so that there is room for one more. */
function makeRoom(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const names = readdirSync(folder);
  if (names.length < limits.keptAnswersMax) return;
  const byAge = names.map((name) => ({ path: join(folder, name), at: statSync(join(folder, name)).mtimeMs }));
  byAge.sort((a, b) => a.at - b.at);
  for (const { path } of byAge.slice(0, Math.ceil(limits.keptAnswersMax / 10))) rmSync(path, { force: true });
}

/** The answer to a 304: what was kept, with the headers of the present answer, such as how many calls are left. */
function answerFrom({ body, headers: kept }: Kept, { headers }: Response): Response {
  const all = new Headers(headers);
  for (const [name, value] of Object.entries(kept)) all.set(name, value);
  return new Response(body, { status: 200, headers: all });
}

export interface KeptAnswers {
  /** The headers that ask for changes only; none where no answer is kept. */
  headersFor(address: string): Record<string, string>;
  /** The whole answer: the kept one for a 304, else the given one, which is kept from now on. */
  whole(address: string, answer: Response): Promise<Response>;
}

/** `caller` is the token of all requests: no other token gets its answers. */
export function createKeptAnswers(folder: string, caller: string): KeptAnswers {
  const pathOf = (address: string) => join(folder, sha256(`${caller}\n${address}`));

  function keep(path: string, etag: string, { headers }: Response, body: string): void {
    if (isMissing(path)) makeRoom(folder);
    const told = keptHeaders.map((name) => [name, headers.get(name)] as const).filter(([, value]) => value !== null);
    writeFileWhole(path, JSON.stringify({ etag, headers: Object.fromEntries(told), body }));
  }

  return {
    headersFor(address) {
      const kept = readKept(pathOf(address));
      return kept ? { 'if-none-match': kept.etag } : {};
    },
    async whole(address, answer) {
      const path = pathOf(address);
      const kept = answer.status === 304 ? readKept(path) : undefined;
      if (kept) {
        const now = new Date();
        utimesSync(path, now, now);
        return answerFrom(kept, answer);
      }
      const etag = answer.headers.get('etag');
      if (answer.status !== 200 || !etag) return answer;
      const body = await answer.text();
      if (body.length <= limits.keptAnswerBytesMax) keep(path, etag, answer, body);
      return new Response(body, { status: 200, headers: answer.headers });
    },
  };
}
