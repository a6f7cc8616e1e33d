/** The gate between people who change their minds, agents who approve themselves, a network that fails and a worker that dies. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngineer } from '../../emulators/engineer.ts';
import { type Act, anySteps, approve, look, merge, peopleOf, type Step, takeStep } from './gate-moves.ts';
import { agentMarksOf, faultOf, historyOf, mergesOf, outgoingOf } from './gate-oracle.ts';
import { type GateWorld, startGateWorld } from './gate-world.ts';

/** The same walks each time, so that a failure is the change's own; `./jvagent test --all` walks more, `JVAGENT_SEED` others. */
const seed = Number(process.env.JVAGENT_SEED ?? 1);
const walks = process.env.JVAGENT_ALL === '1' ? 400 : 5;
/** Longer than any walk takes on a machine that does much else. */
const walkMs = 30_000;

let world: GateWorld;
/** How often each kind of call went out. */
const sent = new Map<string, number>();

beforeAll(async () => {
  world = await startGateWorld();
});
afterAll(() => world.close());

/** Walks the steps with a work item of its own; what went out that should not have. */
async function walk(steps: readonly Step[]): Promise<string[]> {
  const { emulators, clock } = world;
  emulators.faults.clear();
  const before = clock.now();
  const engineer = createEngineer(emulators, 'acme');
  const workItemId = await engineer.file({ type: 'Bug', title: 'Guard keys', description: 'As it is said here.' });
  const people = peopleOf(world, workItemId);
  for (const step of steps) await takeStep(world, people, workItemId, step);
  emulators.faults.clear();
  const requests = emulators.faults.requests().filter(({ at }) => Date.parse(at) > before);
  const { targetMoves } = people;
  const history = historyOf(world, workItemId, { requests, targetMoves, merges: await mergesOf(world) });
  const all = outgoingOf(history, agentMarksOf(world));
  for (const { kind } of all) sent.set(kind, (sent.get(kind) ?? 0) + 1);
  return all.flatMap((each) => faultOf(history, each) ?? []);
}

const act = (given: Act): Step => ({ do: 'act', act: given });
const meanwhile = (where: string, given: Act): Step => ({ do: 'meanwhile', where, act: given });
const crashAtIntent = (nth: number): Step => ({ do: 'crash', at: 'worker.intent', nth });
const askChanges = act({ act: 'ask-changes' });
const reject: Act = { act: 'move', by: 'engineer', to: 'Rejected' };
const wait: Act = { act: 'wait', ms: 40_000 };
const beforePush = [look, approve, crashAtIntent(3), look];

/** Roads on which the gate once was, or could be, passed by. */
const examples: [string, Step[]][] = [
  ['the straight road, with a repair', [look, approve, look, askChanges, look, merge, look, look]],
  ['a commit of another item under this approval', [...beforePush, { do: 'stray', kind: 'push-other' }, look]],
  [
    'a check that takes longer than its permit may',
    [...beforePush, ...Array(4).fill(meanwhile('git git-upload-pack', wait)), look],
  ],
  ['a rejection while the approval is read', [...beforePush, meanwhile('azureDevOps /updates', reject), look]],
  [
    'a rejection while the branch is looked at',
    [...beforePush, meanwhile('git service=git-receive-pack', reject), look, look],
  ],
  [
    'a rejection that an agent took back',
    [look, approve, look, act(reject), act({ act: 'move', by: 'agent', to: 'PR Created' }), askChanges, look, look],
  ],
  ['an approval by the agent itself', [look, act({ act: 'move', by: 'agent', to: 'Approved' }), look]],
  ['an approval that the agent forged', [look, act({ act: 'forge', to: 'Approved' }), look]],
  ['a merge by the agent', [look, approve, look, act({ act: 'merge', by: 'agent' }), look, look]],
  [
    'a push whose answer is lost, twice',
    [...beforePush, { do: 'fault', where: 'git git-receive-pack$', how: 'dropped-after' }, look, look],
  ],
];

test.each(examples)('nothing goes out that should not: %s', async (_, steps) => {
  expect(await walk(steps)).toEqual([]);
});

test(
  `nothing goes out without an approval that held at its live read, in ${walks} walks of seed ${seed}`,
  async () => {
    const property = fc.asyncProperty(anySteps, async (steps) => {
      expect(await walk(steps)).toEqual([]);
    });
    await fc.assert(property, { seed, numRuns: walks, endOnFailure: true });
    for (const kind of ['claim', 'push', 'open-pr', 'deploy']) expect(sent.get(kind), kind).toBeGreaterThan(0);
  },
  walks * walkMs,
);
