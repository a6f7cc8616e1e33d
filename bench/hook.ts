/**
 * Measures how long an approval takes to reach the model: from the move of the tile, through its hook, to the first model request.
 */
import type { Script } from '../emulators/anthropic/script.ts';
import type { RecordedRequest } from '../emulators/control/faults.ts';
import { createEngineer, type Engineer } from '../emulators/engineer.ts';
import { systemClock } from '../src/base/clock.ts';
import { limits } from '../src/limits.ts';
import { median } from './measure.ts';
import { type BenchWorld, startBenchWorld } from './world.ts';

export interface HookBench {
  /** The median, with the agent's worker already running. */
  approvalToModelMs: number;
  /** The parts of that: until the platform looks at the tile, and until it has claimed it. */
  approvalToLookMs: number;
  approvalToClaimMs: number;
}

const rounds = 7;

/** Each work item adds its own file, so that none waits for another. */
const script: Script = {
  scenes: [
    {
      when: { prompt: 'You plan the change for work item (?<id>\\d+)' },
      replies: [
        [
          {
            tool: 'mcp__jv__submit-plan',
            input: {
              summary: 'Add a note',
              steps: ['Add the note.'],
              files: [{ path: 'note-{{id}}.md', change: 'new' }],
              tests: [],
              risks: '',
              rollback: '',
            },
          },
        ],
      ],
    },
    {
      when: { prompt: 'The plan for work item (?<id>\\d+) was approved' },
      replies: [
        [{ tool: 'Write', input: { file_path: '/tree/note-{{id}}.md', content: 'A note.\n' } }],
        [{ tool: 'mcp__jv__git-ops', input: { action: 'commit', message: 'docs: add a note (#{{id}})' } }],
        [{ tool: 'mcp__jv__git-ops', input: { action: 'pr-create' } }],
      ],
    },
  ],
};

/** The time from the move to each step, in milliseconds. */
async function approve(world: BenchWorld, engineer: Engineer, workItemId: number) {
  const requests = () => world.emulators.faults.requests();
  const before = requests().length;
  const later = (isIt: (request: RecordedRequest) => boolean) => requests().slice(before).filter(isIt);
  const toModel = ({ target, path }: RecordedRequest) => target === 'anthropic' && path.startsWith('/v1/messages');
  const toTile = ({ target, path }: RecordedRequest) =>
    target === 'azureDevOps' && path.includes(`/workItems/${workItemId}?`);
  const approvedAt = Date.now();
  await engineer.move(workItemId, 'Approved');
  await world.eventually('a request of the model', () => later(toModel).length > 0);
  const after = (request: RecordedRequest | undefined) => Date.parse(request?.at ?? '') - approvedAt;
  return {
    look: after(later((each) => toTile(each) && each.method === 'GET')[0]),
    // The first change of the tile is the engineer's own.
    claim: after(later((each) => toTile(each) && each.method === 'PATCH')[1]),
    model: after(later(toModel)[0]),
  };
}

export async function benchHook(): Promise<HookBench> {
  const world = await startBenchWorld({ script });
  const engineer = createEngineer(world.emulators, 'acme');
  const times: Awaited<ReturnType<typeof approve>>[] = [];
  try {
    await world.subscribe();
    const ids: number[] = [];
    for (let n = 1; n <= rounds; n += 1) {
      ids.push(await engineer.file({ type: 'Bug', title: `Add note ${n}`, description: 'Write a note.' }));
    }
    for (const id of ids) await world.reached(id, 'plan-ready');
    // Waits, so that the hooks that found the items do not delay those of the approvals.
    await systemClock.sleep(limits.hookPauseSeconds * 1_000);
    for (const id of ids) {
      times.push(await approve(world, engineer, id));
      await world.reached(id, 'pr-created');
    }
  } finally {
    await world.close();
  }
  return {
    approvalToModelMs: median(times.map(({ model }) => model)),
    approvalToLookMs: median(times.map(({ look }) => look)),
    approvalToClaimMs: median(times.map(({ claim }) => claim)),
  };
}
