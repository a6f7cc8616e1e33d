/** Everything that goes wrong on one work item's road, all of it told by one number, so that it can go wrong again. */
import fc from 'fast-check';
import type { Fault } from '../../emulators/control/faults.ts';
import type { Phase } from '../../src/work-items/phase.ts';
import { type Place, passages } from './passages.ts';

/** A fault that strikes the platform once, from the moment at which the item is in this phase. */
export interface PhasedFault {
  phase: Phase;
  fault: Pick<Fault, 'target' | 'match' | 'do'>;
}

export interface Trouble {
  /** What each start of the node is armed with, the first one first; later starts have nothing. */
  crashAt: readonly string[];
  faults: readonly PhasedFault[];
  /** The engineer turns the first plan down. */
  isRejected: boolean;
  /** The engineer asks for changes before the merge. */
  isReviewed: boolean;
  /** Milliseconds after which each hook is delivered, once for each of them; later ones overtake earlier ones. */
  hookDelays: readonly number[];
}

/** Killed at these points, and nothing else goes wrong. */
export const killedAt = (...crashAt: string[]): Trouble => ({
  crashAt,
  faults: [],
  isRejected: false,
  isReviewed: false,
  hookDelays: [0],
});

const workerPlaces: Place[] = [
  'worker.intent',
  'worker.effect',
  'worker.effect-stored',
  'worker.commit',
  'worker.settled',
  'worker.message',
];
const supervisorPlaces: Place[] = ['supervisor.commit', 'supervisor.message'];
const enginePlaces: Place[] = ['engine.start', 'engine.event'];

const pointOf = (places: Place[]) =>
  fc
    .constantFrom(...places)
    .chain((place) => fc.integer({ min: 1, max: passages[place] }).map((nth) => `${place}:${nth}`));

const sometimes = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** One start: its first worker, its engines and itself die at most once each. */
const anyStart = fc
  .tuple(sometimes(pointOf(workerPlaces)), sometimes(pointOf(enginePlaces)), pointOf(supervisorPlaces))
  .map((points) => points.filter((point) => point !== undefined).join());

const hows: Record<string, Fault['do']> = {
  limited: { status: 429, headers: { 'retry-after': '1' }, body: {} },
  broken: { status: 503, body: {} },
  'broken-after': { status: 500, body: {}, afterCommit: true },
  dropped: { dropAnswer: true },
  'dropped-after': { dropAnswer: true, afterCommit: true },
  slow: { delayMs: 1_500 },
};

/** What is asked for in a phase, where a fault can strike it. */
const places: { phase: Phase; target: Fault['target']; method?: string; path: string }[] = [
  { phase: 'planning', target: 'azureDevOps', method: 'PATCH', path: '/workItems/' },
  { phase: 'planning', target: 'azureDevOps', method: 'POST', path: '/comments' },
  { phase: 'planning', target: 'azureDevOps', path: '/wiql' },
  { phase: 'planning', target: 'git', path: 'git-upload-pack' },
  { phase: 'planning', target: 'anthropic', path: '/messages' },
  { phase: 'plan-ready', target: 'azureDevOps', method: 'PATCH', path: '/workItems/' },
  { phase: 'plan-ready', target: 'azureDevOps', path: '/updates' },
  { phase: 'plan-ready', target: 'azureDevOps', path: 'expand' },
  { phase: 'executing', target: 'git', path: 'service=git-receive-pack' },
  { phase: 'executing', target: 'git', method: 'POST', path: '/git-receive-pack$' },
  { phase: 'executing', target: 'github', method: 'POST', path: '/pulls$' },
  { phase: 'executing', target: 'github', path: '/pulls' },
  { phase: 'executing', target: 'azureDevOps', method: 'PATCH', path: '/workItems/' },
  { phase: 'executing', target: 'anthropic', path: '/messages' },
  { phase: 'pr-created', target: 'github', path: '/pulls/\\d+$' },
  { phase: 'pr-created', target: 'azureDevOps', path: 'expand' },
  { phase: 'pr-created', target: 'instance', path: '/version' },
  { phase: 'pr-created', target: 'instance', method: 'POST', path: '/deployments$' },
  { phase: 'pr-created', target: 'instance', path: '/deployments/' },
  { phase: 'pr-created', target: 'azureDevOps', method: 'PATCH', path: '/comments' },
];

const anyFault: fc.Arbitrary<PhasedFault> = fc
  .record({ place: fc.constantFrom(...places), how: fc.constantFrom(...Object.keys(hows)) })
  .map(({ place: { phase, target, method, path }, how }) => ({
    phase,
    fault: { target, match: { path, ...(method ? { method } : {}) }, do: hows[how] ?? {} },
  }));

const anyTrouble: fc.Arbitrary<Trouble> = fc.record({
  crashAt: fc.array(anyStart, { minLength: 1, maxLength: 2 }),
  faults: fc.array(anyFault, { minLength: 1, maxLength: 4 }),
  isRejected: fc.boolean(),
  isReviewed: fc.boolean(),
  hookDelays: fc.array(fc.constantFrom(0, 200, 3_000), { minLength: 0, maxLength: 3 }),
});

/** The trouble of a seed, always the same. */
export function troubleOf(seed: number): Trouble {
  const [trouble] = fc.sample(anyTrouble, { seed, numRuns: 1 });
  return trouble ?? killedAt();
}
