/** What a row of the table of causes is, and the stretches of a road that the rows share. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TenantName } from '../../../emulators/tenants.ts';
import { type AgentStore, createAgentStore } from '../../../src/agents/agent-store.ts';
import { boardOf } from '../board.ts';
import { deployingIn } from '../deploying.ts';
import { jvagent } from '../operator.ts';
import { adding, ask, planning, say, scriptOf } from '../scripts.ts';
import { fix, type World } from '../world.ts';

export interface Cause {
  /** What stops the item, as the title of the test. */
  name: string;
  /** Whose item it is; acme's when missing. */
  tenant?: TenantName;
  /** Stops an item; its id. */
  stop(world: World): Promise<number>;
  /** Makes it as it was, for the rows after it. */
  end?(world: World): Promise<unknown>;
  /** The checks run while the platform is stopped. */
  isPlatformDown?: true;
  /** What `explain` says; null where a person's ordinary step is waited for. */
  code: string | null;
  why: RegExp;
  /** With real names, files, people and commands. */
  fix: RegExp;
  /** With the next heartbeat, before it, or not at all. */
  nextLook: 'heartbeat' | 'sooner' | 'none';
  /** Under which heading `status` tells it: of the item, or of the whole agent; one that was not taken up is on the board only. */
  status: { group: 'needs' | 'waits'; of: 'item' | 'agent' } | 'board only';
  /** What the comments on the work item say; null where nothing is written on it. */
  onItem: RegExp | null;
  /**
   * Where the people who run the platform are told too: of the item, or of the whole agent. With the same cause, fix and next
   * look, unless the alarm is one of its own.
   */
  alarm?: { of: 'item' | 'agent'; why?: RegExp; fix?: RegExp };
}

export const acme = 'codechange/acme';
export const fileOf = ({ root }: World, name: string, tenant: TenantName = 'acme') =>
  join(root, 'codechange', tenant, name);

/** The titles tell the model which script to follow. */
export const titles = {
  plain: 'An item that is planned',
  question: 'An item that raises a question',
  helpless: 'An item whose model hands in nothing',
  first: 'The first of two that change one file',
  second: 'The second of two that change one file',
  merged: 'An item that is merged while the instance runs something else',
  locked: 'An item that is merged while the instance refuses the token',
  broken: 'An item whose merge breaks the instance',
  frozen: 'An item that is merged in a freeze',
} as const;

export const script = scriptOf(
  planning(titles.question, [ask('Which of both?')]),
  planning(titles.helpless, [say('I do not know.')]),
  ...adding('docs/shared.md', titles.first),
  ...adding('docs/shared.md', titles.second),
  ...adding('docs/merged.md', titles.merged),
  ...adding('docs/locked.md', titles.locked),
  ...adding('docs/broken.md', titles.broken),
  ...adding('docs/frozen.md', titles.frozen),
);

const area = 'AcmeImplementation\\Web';
const git = { testCommand: 'test -d docs' };
export const agents = [
  {
    tenant: 'acme',
    config: {
      git,
      instance: { deploy: { health: { settleMinutes: 0 } } },
      limits: { attemptsMax: 1, turnsAtOnceMax: 3 },
      devops: { workItemTypes: ['Bug'], areaPath: area, requiredTag: 'jvagent' },
    },
  },
  { tenant: 'globex', config: { git, instance: { deploy: { freeze: ['Mon 00:00-Mon 00:00 UTC'] } } } },
] as const;

interface Draft {
  type?: string;
  title?: string;
  fields?: Record<string, string>;
}

/** A work item as acme's agent takes it, except for what is given; or one of globex, whose agent takes any. */
export async function filed(
  world: World,
  { type = 'Bug', title = titles.plain, fields = {} }: Draft = {},
  tenant: TenantName = 'acme',
): Promise<number> {
  const id = await world.engineer(tenant).file({ ...fix.workItem, type, title });
  if (tenant === 'acme') await boardOf(world).set(id, { 'System.Tags': 'jvagent', 'System.AreaPath': area, ...fields });
  return id;
}

/** Looks at the board until the item is in a phase. */
export async function until(world: World, id: number, phase: string, tenant: TenantName = 'acme'): Promise<number> {
  await world.eventually(`${id} in ${phase}`, async () => {
    await world.lookedAround(tenant);
    return (await world.session(id, tenant))?.item?.phase === phase;
  });
  return id;
}

export const planned = async (world: World, title: string = titles.plain, tenant: TenantName = 'acme') =>
  until(world, await filed(world, { title }, tenant), 'plan-ready', tenant);

export async function inReview(world: World, title: string, tenant: TenantName = 'acme'): Promise<number> {
  const id = await planned(world, title, tenant);
  await world.engineer(tenant).move(id, 'Approved');
  return until(world, id, 'pr-created', tenant);
}

export async function merged(world: World, title: string, tenant: TenantName = 'acme'): Promise<number> {
  const id = await inReview(world, title, tenant);
  await deployingIn(world, tenant).merge(id);
  return until(world, id, 'deploying', tenant);
}

const digestIn = (agents: Pick<AgentStore, 'get'>) => {
  const state = agents.get(acme);
  return state && 'agent' in state ? state.agent.digest : undefined;
};

/** A person trusts acme as it is now, and the platform has seen it. */
async function trusted(world: World): Promise<void> {
  await jvagent(world, 'trust', acme);
  const wanted = digestIn(createAgentStore({ root: world.root, home: world.root }));
  await world.eventually('the changed files', () => digestIn(world.supervisor.agents) === wanted);
}

/** The agent's own requests of the board, as faults match them. */
export function agentsRequests({ emulators }: World): { callers: string[] } {
  const { agent } = emulators.tenants.acme.secrets.pats;
  return { callers: [mark(`Basic ${Buffer.from(`:${agent}`).toString('base64')}`)] };
}

/** Changes jvAgent.json of acme and, where a person trusts it, has the platform see it. */
export async function configure(world: World, change: (config: Record<string, unknown>) => unknown, isTrusted = true) {
  const file = fileOf(world, 'jvAgent.json');
  const sound = readFileSync(file, 'utf8');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(sound), ...(change(JSON.parse(sound)) as object) }), {
    mode: 0o600,
  });
  if (isTrusted) await trusted(world);
  return sound;
}

/** Rows that change a file put it back with what this gives. */
export const kept = new Map<string, string>();

export async function restore(world: World, name: string): Promise<void> {
  writeFileSync(fileOf(world, name), kept.get(name) ?? '', { mode: 0o600 });
  await trusted(world);
}

export const configured = (
  item: (world: World) => Promise<number>,
  change: (config: Record<string, unknown>) => unknown,
  isTrusted = true,
) => ({
  stop: async (world: World) => {
    kept.set('jvAgent.json', await configure(world, change, isTrusted));
    return item(world);
  },
  end: (world: World) => restore(world, 'jvAgent.json'),
});

/** Requests that bear this authorization are refused. */
const mark = (authorization: string) => createHash('sha256').update(authorization).digest('hex').slice(0, 16);
export const clear = async ({ emulators }: World) => emulators.faults.clear();
