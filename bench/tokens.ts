/**
 * Measures the input tokens that the demo's work item costs, phase by phase, and the share of them that the provider's cache has, beside an agent
 * that starts from nothing in each phase with the CLI's own instructions and tools. Both are counted in the requests that reach the scripted model.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAnthropic, type ReceivedRequest } from '../emulators/anthropic/anthropic.ts';
import { demoFix, scriptFor } from '../emulators/demo-repository/model-script.ts';
import { createEngineer } from '../emulators/engineer.ts';
import { listen } from '../src/base/http.ts';
import type { Measured, Row } from './measure.ts';
import { naiveScript, naiveTree, type Phase, phases, review, runNaive } from './naive-agent.ts';
import { agentId, type BenchWorld, startBenchWorld } from './world.ts';

interface Count {
  requests: number;
  /** Tokens of all requests. */
  input: number;
  /** Of these, what the request before had at its start too. */
  cached: number;
}

type Counts = Record<Phase, Count>;

/** The same estimate on both sides. */
const charsOfToken = 4;
/** What providers take for a token from the cache, and for one that is put there, as a share of the price of an input token. */
const prices = { cached: 0.1, fresh: 1.25 };

/**
 * What a provider's cache compares, in its order: tools, system, messages. Marks of the cache itself do not count, and a text is the same as a
 * list of one text.
 */
function textOf({ body }: ReceivedRequest): string {
  const { tools, system } = body;
  const messages = body.messages.map(({ role, content }) => {
    return { role, content: typeof content === 'string' ? [{ type: 'text', text: content }] : content };
  });
  return JSON.stringify([tools, system, messages], (key, value) => (key === 'cache_control' ? undefined : value));
}

function sharedLength(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let at = 0;
  while (at < most && one.charCodeAt(at) === other.charCodeAt(at)) at += 1;
  return at;
}

/** `before` are the requests that the cache may still have. */
function countOf(requests: readonly ReceivedRequest[], before: readonly ReceivedRequest[]): Count {
  const earlier = before.map(textOf);
  const count = { requests: 0, input: 0, cached: 0 };
  for (const request of requests) {
    const text = textOf(request);
    count.requests += 1;
    count.input += text.length / charsOfToken;
    count.cached += Math.max(0, ...earlier.map((other) => sharedLength(text, other))) / charsOfToken;
    earlier.push(text);
  }
  return count;
}

/** What this phase of ours asked of the model, by the requests so far. */
function phaseCounts(requests: readonly ReceivedRequest[], ends: readonly number[]): Counts {
  const counts = phases.map((phase, at) => {
    const from = ends[at - 1] ?? 0;
    return [phase, countOf(requests.slice(from, ends[at]), requests.slice(0, from))] as const;
  });
  return Object.fromEntries(counts) as Counts;
}

async function askForChanges({ emulators }: BenchWorld): Promise<void> {
  const { repository, secrets } = emulators.tenants.acme;
  const answer = await fetch(`${emulators.urls.github}/repos/${repository}/pulls/1/reviews`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secrets.gitTokens.engineer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ event: 'REQUEST_CHANGES', body: review.words }),
  });
  if (!answer.ok) throw new Error(`the review was not taken: ${answer.status} ${await answer.text()}`);
}

/** The demo's script, and what its model does when the reviewer asks for changes. */
function ourScript() {
  const fix = demoFix();
  const { scenes } = scriptFor(fix, undefined);
  const file_path = `/tree/${fix.edits[0]?.file}`;
  const message = `${fix.commitMessage} (#{{workItemId}})`;
  const replies = [
    [{ tool: 'Read', input: { file_path } }],
    [{ tool: 'Edit', input: { file_path, old_string: review.old, new_string: review.new } }],
    [{ tool: 'mcp__jv__git-ops', input: { action: 'commit', message } }],
    [{ text: 'Done as asked.' }],
  ];
  const prompt = 'Your change for work item (?<workItemId>\\d+) on branch';
  return { scenes: [{ when: { prompt }, replies }, ...scenes] };
}

/** Takes the work item through its phases on our platform; where the requests of each end, and the folder of its repository. */
async function ours(world: BenchWorld, requests: readonly ReceivedRequest[]): Promise<number[]> {
  const engineer = createEngineer(world.emulators, 'acme');
  const sha = async () => (await world.supervisor.store.sessions.get(agentId, 'wi-1'))?.item?.change?.pushedSha;
  const ends: number[] = [];
  const workItemId = await engineer.file(demoFix().workItem);
  await world.beat();
  await world.reached(workItemId, 'plan-ready');
  ends.push(requests.length);
  await engineer.move(workItemId, 'Approved');
  await world.beat();
  await world.reached(workItemId, 'pr-created');
  ends.push(requests.length);
  const pushed = await sha();
  await askForChanges(world);
  await world.beat();
  await world.eventually('a repair', async () => ![undefined, pushed].includes(await sha()));
  await world.reached(workItemId, 'pr-created');
  ends.push(requests.length);
  return ends;
}

const total = (counts: Counts, of: (count: Count) => number) =>
  phases.reduce((sum, phase) => sum + of(counts[phase]), 0);
const costOf = ({ input, cached }: Count) => cached * prices.cached + (input - cached) * prices.fresh;

function rowsOf(our: Counts, naive: Counts): Row[] {
  const row = (what: string, of: (counts: Counts) => number): Row => ({
    what,
    values: [of(our)],
    beside: { what: 'naive agent', values: [of(naive)] },
  });
  return [
    ...phases.flatMap((phase) => [
      row(`${phase}, requests`, (counts) => counts[phase].requests),
      row(`${phase}, input tokens`, (counts) => counts[phase].input),
      row(`${phase}, cached share`, (counts) => counts[phase].cached / counts[phase].input),
    ]),
    row('all, input tokens', (counts) => total(counts, ({ input }) => input)),
    row('all, input tokens not cached', (counts) => total(counts, ({ input, cached }) => input - cached)),
    row('all, as the provider charges', (counts) => total(counts, costOf)),
  ];
}

/** `ofNaive`: all input tokens of ours, cached or not, divided by those of the naive agent. */
export async function benchTokens(): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-bench-'));
  const model = createAnthropic({ script: ourScript() });
  const { url, close } = await listen(model.handler);
  const world = await startBenchWorld({ script: { scenes: [] }, modelUrl: url });
  let tree: string | undefined;
  try {
    tree = await naiveTree(world.emulators.tenants.acme.directory);
    const ourEnds = await ours(world, model.requests);
    const our = phaseCounts([...model.requests], ourEnds);
    const from = model.requests.length;
    model.setScript(naiveScript(demoFix(), tree));
    const ends: number[] = [];
    const given = { tree, baseUrl: url, home: join(folder, 'home'), model: model.requests[0]?.body.model ?? '' };
    for (const phase of phases) {
      await runNaive(phase, demoFix(), given);
      ends.push(model.requests.length - from);
    }
    const naive = phaseCounts(model.requests.slice(from), ends);
    const ratio = (of: (count: Count) => number) => total(our, of) / total(naive, of);
    const medians = {
      ofNaive: ratio(({ input }) => input),
      uncachedOfNaive: ratio(({ input, cached }) => input - cached),
      chargedOfNaive: ratio(costOf),
    };
    return { medians, rows: rowsOf(our, naive) };
  } finally {
    await world.close();
    await close();
    for (const used of [folder, tree]) if (used) rmSync(used, { recursive: true, force: true });
  }
}
