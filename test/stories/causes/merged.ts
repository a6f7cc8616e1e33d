/** Rows of items whose change is done, and waits for other items, or for the instance. */
import { deployingIn } from '../deploying.ts';
import { jvagent } from '../operator.ts';
import type { World } from '../world.ts';
import { acme, type Cause, clear, inReview, merged, planned, titles, until } from './cause.ts';

const unknown = 'f'.repeat(40);
const instanceOf = ({ emulators }: World) => emulators.tenants.acme.instance;

/** Made in `stop`, and needed at the end. */
const first = new WeakMap<World, number>();
const stopped = new WeakMap<World, number>();
const before = new WeakMap<World, string>();

const kept = (world: World, id: number): number => {
  stopped.set(world, id);
  return id;
};

/** The item of the row goes on to its end. */
const toDeployed = async (world: World) => until(world, stopped.get(world) ?? 0, 'deployed');

const cancelled = (world: World, id: number | undefined) => jvagent(world, 'cancel', acme, String(id));

export const done: readonly Cause[] = [
  {
    name: 'an overlap with an item in review',
    stop: async (world) => {
      first.set(world, await inReview(world, titles.first));
      const id = await planned(world, titles.second);
      await world.engineer().move(id, 'Approved');
      await world.lookedAround();
      return kept(world, id);
    },
    end: async (world) => {
      // The one that waits goes first, or it would begin.
      for (const ids of [stopped, first]) {
        await cancelled(world, ids.get(world));
        await until(world, ids.get(world) ?? 0, 'cancelled');
      }
    },
    code: 'OVERLAP',
    why: /work item \d+, which is in review, changes docs\/shared\.md too/,
    fix: /it goes on when the named work item is merged or has ended/,
    nextLook: 'sooner',
    status: { group: 'waits', of: 'item' },
    onItem: /OVERLAP.*docs\/shared\.md/s,
  },
  {
    name: 'an instance that runs something else',
    stop: async (world) => {
      before.set(world, instanceOf(world).version());
      const id = await inReview(world, titles.merged);
      await deployingIn(world).byHand(unknown);
      await deployingIn(world).merge(id);
      return kept(world, await until(world, id, 'deploying'));
    },
    end: async (world) => {
      await deployingIn(world).byHand(before.get(world) ?? '');
      await toDeployed(world);
    },
    code: 'DRIFT',
    why: /the instance runs f{12}, which is not in our history/,
    fix: /Decide what the instance shall run.*`jvagent cancel codechange\/acme \d+`/,
    nextLook: 'sooner',
    status: { group: 'needs', of: 'item' },
    onItem: /DRIFT.*not in our history/s,
  },
  {
    name: 'a dead token of the instance',
    stop: async (world) => {
      const id = await inReview(world, titles.locked);
      world.fault({ target: 'instance', tenant: 'acme', do: { status: 401 } });
      await deployingIn(world).merge(id);
      return kept(world, await until(world, id, 'deploying'));
    },
    end: async (world) => {
      await clear(world);
      await toDeployed(world);
    },
    code: 'GATE_UNVERIFIABLE',
    why: /GET \/version answered 401/,
    fix: /Replace INSTANCE_API_TOKEN in codechange\/acme\/secrets\.env/,
    nextLook: 'sooner',
    status: { group: 'needs', of: 'item' },
    onItem: /GATE_UNVERIFIABLE.*INSTANCE_API_TOKEN/s,
    alarm: { of: 'item' },
  },
  {
    name: 'a hold after a deployment that broke the instance',
    stop: async (world) => {
      const deploying = deployingIn(world);
      const id = await inReview(world, titles.broken);
      deploying.takeNone();
      instanceOf(world).breakHealthAt(await deploying.merge(id));
      await clear(world);
      return until(world, id, 'failed');
    },
    end: (world) => jvagent(world, 'release', acme),
    code: 'HOLD',
    why: /not healthy/,
    fix: /jvagent release codechange\/acme/,
    nextLook: 'heartbeat',
    status: { group: 'needs', of: 'item' },
    onItem: /HOLD.*jvagent release codechange\/acme/s,
    alarm: { of: 'agent' },
  },
  {
    name: 'a freeze',
    tenant: 'globex',
    stop: (world) => merged(world, titles.frozen, 'globex'),
    code: 'FREEZE',
    why: /until \S+/,
    fix: /it is deployed when the freeze in `instance\.deploy\.freeze` ends/,
    nextLook: 'sooner',
    status: { group: 'waits', of: 'item' },
    onItem: /FREEZE/,
  },
];
