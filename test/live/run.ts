/**
 * One live test from its settings to its report.
 *
 * settings -> which systems -> the name that a person typed -> are they empty? -> clean -> facts -> clean, whatever happened
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { messageOf } from '../../src/base/errors.ts';
import { createRedact } from '../../src/base/redact.ts';
import { createPaces } from '../../src/connectors/http/pace.ts';
import { limits } from '../../src/limits.ts';
import type { Outbound } from '../../src/outbound/outbound.ts';
import { type Fact, notTried, type Systems, type Verdict, verdictOfError } from './fact.ts';
import { facts as allFacts } from './facts.ts';
import { newRun } from './mark.ts';
import { createRepos } from './places/azure-repos.ts';
import { createBoard } from './places/board.ts';
import { createHub } from './places/github.ts';
import { createLiveInstance } from './places/instance.ts';
import type { Cleaned, Place, PlaceOptions } from './places/place.ts';
import { createSlackChannel } from './places/slack.ts';
import { type LiveSettings, missingFor, type Need, needed, needs, Stop, secretsIn } from './settings.ts';

export interface RunOptions {
  settings: LiveSettings;
  outbound: Pick<Outbound, 'fetch' | 'proxyFor' | 'trusted'>;
  /** What a person types when they are asked for this; undefined where nobody can be asked. */
  typed(question: string): Promise<string | undefined>;
  /** For the person, while it runs. */
  note(text: string): void;
  /** Ends the facts early; what was made is still removed. */
  stop: AbortSignal;
  facts?: readonly Fact[];
}

export interface Tried {
  fact: Fact;
  verdict: Verdict;
  /** Which kind of system said so: an emulator's word is none about the real one. */
  against: 'live' | 'emulator' | 'nothing';
}

export interface LiveReport extends Cleaned {
  run: string;
  tried: Tried[];
  isStopped: boolean;
}

const makers: { readonly [N in Need]: (options: PlaceOptions) => Systems[N] & Place } = {
  board: createBoard,
  repos: createRepos,
  github: createHub,
  slack: createSlackChannel,
  instance: createLiveInstance,
};

const cleanTriesMax = 3;
const cleanPauseMs = 15_000;

/** The systems that the settings name. */
function connect(options: PlaceOptions): Partial<Systems> {
  const there = needs.filter((need) => missingFor(options.settings, need) === undefined);
  return Object.fromEntries(there.map((need) => [need, makers[need](options)]));
}

const placesOf = (systems: Partial<Systems>): Place[] => Object.values(systems);

/** What a person types to say that they mean it: the project's name, or that of the first other system. */
function nameToType({ AZDO_PROJECT, GIT_REMOTE, SLACK_CHANNEL, INSTANCE_URL }: LiveSettings): string {
  if (AZDO_PROJECT !== undefined) return AZDO_PROJECT;
  if (GIT_REMOTE !== undefined) return /([^/]+?)(\.git)?\/*$/.exec(GIT_REMOTE)?.[1] ?? GIT_REMOTE;
  return SLACK_CHANNEL ?? new URL(INSTANCE_URL ?? '').host;
}

async function checkName({ settings, typed, note }: RunOptions, places: readonly Place[]): Promise<void> {
  const wanted = nameToType(settings);
  note('This writes into, and afterwards removes what it wrote from:');
  for (const { name, isEmulator } of places) note(`  ${name}${isEmulator ? ' (an emulator on this machine)' : ''}`);
  const answer = await typed(`Type ${wanted} to go on: `);
  if (answer === undefined) {
    throw new Stop(`Nobody was there to type the name. Say it with --yes-i-mean ${wanted}. Nothing was changed.`);
  }
  if (answer.trim() !== wanted) throw new Stop(`${answer.trim()} is not ${wanted}. Nothing was changed.`);
}

/** Throws a Stop where anybody else uses one of the places, or one cannot be read. */
async function checkEmpty(places: readonly Place[]): Promise<void> {
  for (const place of places) {
    const others = await place.foreign().catch((error: unknown) => {
      throw new Stop(`The ${place.name} could not be read: ${messageOf(error)}\nNothing was changed.`);
    });
    if (others.length === 0) continue;
    const fix = 'Name an empty one that nobody needs.';
    throw new Stop(`The ${place.name} is not empty: it holds ${others.join(', ')}. Nothing was changed. ${fix}`);
  }
}

/** Tries again where something is left, since the other side may be back by then. */
async function cleanPatiently(place: Place): Promise<Cleaned> {
  const removed: string[] = [];
  for (let tries = 1; ; tries += 1) {
    const cleaned = await place.clean().catch((error: unknown): Cleaned => {
      return { removed: [], left: [`whatever is left, which could not be looked for: ${messageOf(error)}`] };
    });
    removed.push(...cleaned.removed);
    if (cleaned.left.length === 0 || tries >= cleanTriesMax) return { removed, left: cleaned.left };
    await systemClock.sleep(place.isEmulator ? 0 : cleanPauseMs * tries);
  }
}

async function cleanAll(places: readonly Place[]): Promise<Cleaned> {
  const all: Cleaned = { removed: [], left: [] };
  for (const place of places) {
    const { removed, left } = await cleanPatiently(place);
    all.removed.push(...removed.map((what) => `${what} in ${place.name}`));
    all.left.push(...left.map((what) => `in ${place.name}, ${what}`));
  }
  return all;
}

function againstOf({ needs: all }: Fact, systems: Partial<Systems>): Tried['against'] {
  const places = all.flatMap((need) => systems[need] ?? []);
  if (places.length < all.length) return 'nothing';
  return places.some(({ isEmulator }) => isEmulator) ? 'emulator' : 'live';
}

async function tryFact(fact: Fact, systems: Partial<Systems>, { settings, stop }: RunOptions): Promise<Tried> {
  const against = againstOf(fact, systems);
  const missing = fact.needs.map((need) => missingFor(settings, need)).find((why) => why !== undefined);
  if (missing !== undefined) return { fact, verdict: notTried(missing), against };
  const stopped = notTried('the run was stopped');
  if (stop.aborted) return { fact, verdict: stopped, against };
  // All that it needs is there, as was just seen.
  const verdict = await fact.try(systems as Systems).catch(verdictOfError);
  return { fact, verdict: stop.aborted && verdict.verdict !== 'holds' ? stopped : verdict, against };
}

/** Nothing more goes out once it was stopped; what is out already is waited for, or it could be done after the clean-up. */
function stoppable(fetch: typeof globalThis.fetch, stop: AbortSignal): typeof globalThis.fetch {
  return async (input, init) => {
    stop.throwIfAborted();
    return fetch(input, init);
  };
}

/** Throws a Stop before the first changing call; after it there is always a report. */
export async function runLive(options: RunOptions): Promise<LiveReport> {
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-live-'));
  try {
    return await runIn(folder, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The systems as the facts reach them, until `stop`, and as they are left tidy, in any case. */
function connections(folder: string, run: string, { settings, outbound, stop }: RunOptions) {
  const redact = createRedact(secretsIn(settings));
  const made = { workItems: new Set<number>(), messages: new Set<string>() };
  const paces = createPaces(systemClock);
  const shared = { settings, run, redact, made, outbound, folder };
  const perMinute = limits.requestsPerMinuteMax;
  const through = (fetch: typeof globalThis.fetch) =>
    connect({ ...shared, fetch, http: { clock: systemClock, redact, paces, perMinute, fetch } });
  return { systems: through(stoppable(outbound.fetch, stop)), places: placesOf(through(outbound.fetch)) };
}

async function runIn(folder: string, options: RunOptions): Promise<LiveReport> {
  const { settings, note, stop, facts = allFacts } = options;
  const run = newRun();
  const { systems, places } = connections(folder, run, options);
  const tried: Tried[] = [];
  if (places.length === 0) {
    note(needed(settings));
    for (const fact of facts) tried.push(await tryFact(fact, systems, options));
    return { run, tried, removed: [], left: [], isStopped: false };
  }
  await checkName(options, places);
  await checkEmpty(places);
  const before = await cleanAll(places);
  for (const what of before.removed) note(`removed from an earlier run: ${what}`);
  const count = facts.filter((fact) => againstOf(fact, systems) !== 'nothing').length;
  let begun = 0;
  for (const fact of facts) {
    if (againstOf(fact, systems) !== 'nothing' && !stop.aborted) {
      begun += 1;
      note(`${begun} of ${count}: ${fact.id}`);
    }
    tried.push(await tryFact(fact, systems, options));
  }
  return { run, tried, ...(await cleanAll(places)), isStopped: stop.aborted };
}
