/** Two tenants in one world: the one that a story is about, and globex, which works on beside it. */
import { createHash } from 'node:crypto';
import type { RecordedRequest } from '../../emulators/control/faults.ts';
import type { TenantName, TenantSecrets } from '../../emulators/tenants.ts';
import type { DemoAgent } from '../../src/cli/demo/workspace.ts';
import type { Refusal } from '../../src/refusal.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

interface BesideOptions extends Omit<WorldOptions, 'agents'> {
  /** Laid over acme's jvAgent.json. */
  acme?: NonNullable<DemoAgent['config']>;
}

/** Acme as the story wants it, and globex with nothing wrong. */
export function startBeside({ acme = {}, ...options }: BesideOptions = {}): Promise<World> {
  return startWorld({ ...options, agents: [{ tenant: 'acme', config: acme }, { tenant: 'globex' }] });
}

/** Files globex's bug; resolves when its plan is on the tile. */
export async function globexPlans(world: World): Promise<void> {
  await world.until(await world.fileBug('globex'), 'plan-ready', 'globex');
}

/** Why a session of a tenant's agent waits, once it waits for this. */
async function whyWaits(world: World, tenant: TenantName, sessionId: string, code: string): Promise<Refusal> {
  let waits: Refusal | undefined;
  await world.eventually(`waiting for ${code}`, async () => {
    waits = (await world.supervisor.store.sessions.get(`codechange/${tenant}`, sessionId))?.waits;
    return waits?.refused === code;
  });
  if (!waits) throw new Error('a session that waited does not any more');
  return waits;
}

/** Why the session of acme waits, once it waits for this: of one work item, or of the agent itself. */
export const whyAcmeWaits = (world: World, code: string, workItemId?: number): Promise<Refusal> =>
  whyWaits(world, 'acme', workItemId === undefined ? 'main' : `wi-${workItemId}`, code);

/** Why a work item of globex waits, once it waits for this. */
export const whyGlobexWaits = (world: World, code: string, workItemId: number): Promise<Refusal> =>
  whyWaits(world, 'globex', `wi-${workItemId}`, code);

const sha16 = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** What authorization headers with one of the agent's own tokens are recorded as, in every form that a client gives them. */
function marksOf({ pats, gitTokens, instanceToken }: TenantSecrets): ReadonlySet<string> {
  const forms = (token: string) => [
    basic('', token),
    basic('x-access-token', token),
    `token ${token}`,
    `Bearer ${token}`,
  ];
  return new Set([pats.agent, gitTokens.agent, instanceToken].flatMap(forms).map(sha16));
}

/** The requests that bear one of the agent's tokens, oldest first. */
export function requestsOf({ emulators }: World, tenant: 'acme' | 'globex'): RecordedRequest[] {
  const marks = marksOf(emulators.tenants[tenant].secrets);
  return emulators.faults.requests().filter(({ authorizationSha256: mark }) => mark !== undefined && marks.has(mark));
}
