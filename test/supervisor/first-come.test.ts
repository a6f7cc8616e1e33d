/** Who goes on when two agents share something: the state remembers who had it first, for the platform and for commands alike. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { AgentStore } from '../../src/agents/agent-store.ts';
import { systemClock } from '../../src/base/clock.ts';
import { ensureHashKey } from '../../src/store/agents/holdings.ts';
import { openStore } from '../../src/store/database/database.ts';
import { agentsOf } from '../../src/supervisor/nodes/state.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';

const [acme, globex, initech] = ['acme', 'globex', 'initech'].map((name) => `codechange/${name}`) as [
  string,
  string,
  string,
];
const fileOf = (id: string) => `${id}/jvAgent.json`;
const configOf = (id: string, branchPrefix?: string) => {
  const config = customerConfig(id.slice('codechange/'.length));
  return { ...config, git: { ...config.git, ...(branchPrefix === undefined ? {} : { branchPrefix }) } };
};
const secretsOf = (id: string, pat = `the-pat-of-${id}`) =>
  `AZDO_PAT=${pat}\nGIT_TOKEN=the-git-token-of-${id}\nGIT_REMOTE=https://github.com/shop/app.git\nINSTANCE_API_TOKEN=the-instance-token-of-${id}\n`;

const statesIn = (agents: AgentStore) =>
  Object.fromEntries(agents.list().map((state) => [state.id, 'agent' in state ? 'runs' : state.refusal.refused]));

/** A workspace with a platform that can look at its files, start again, and see an agent's configuration trusted. */
async function platform(ids: readonly string[] = [acme, globex]) {
  const workspace = createWorkspace();
  const { root, write } = workspace;
  const add = (id: string, branchPrefix?: string) => {
    write(fileOf(id), configOf(id, branchPrefix));
    write(`${id}/secrets.env`, secretsOf(id));
  };
  for (const id of ids) add(id);
  const folder = join(root, '.jvagent/state');
  mkdirSync(folder, { recursive: true });
  const store = await openStore({ folder, clock: systemClock });
  onTestFinished(() => store.close());
  const settings = { root, home: root };
  ensureHashKey(folder);
  const start = () => agentsOf(settings, systemClock);
  let agents = start();
  const look = async () => {
    agents.refresh();
    await store.holdings.replace(agents.held());
    return statesIn(agents);
  };
  const trust = async (id: string) => {
    const state = agents.get(id);
    if (!state || !('agent' in state)) throw new Error(`${id} is not sound`);
    await store.agents.set(id, { trusted: { digest: state.agent.digest, steering: state.agent.steering } });
  };
  await look();
  for (const id of ids) await trust(id);
  return {
    ...workspace,
    folder,
    store,
    add,
    look,
    trust,
    restart: () => {
      agents = start();
      return statesIn(agents);
    },
    command: () => agentsOf(settings, systemClock),
    whyOf: (id: string) => {
      const state = agents.get(id);
      return state && 'refusal' in state ? state.refusal.why : '';
    },
  };
}

const [acmeStops, bothRun] = [
  { [acme]: 'TENANT_OVERLAP', [globex]: 'runs' },
  { [acme]: 'runs', [globex]: 'runs' },
];

test.each(['feature/', 'feature/g', 'feature/globex-', 'feature/globex-eu-'])(
  'a slip to the prefix %s stops only the agent whose file has it, until the slip is corrected',
  async (branchPrefix) => {
    const { write, look, restart, command, whyOf } = await platform();
    write(fileOf(acme), configOf(acme, branchPrefix));
    expect(await look()).toEqual(acmeStops);
    expect(await look()).toEqual(acmeStops);
    expect(restart()).toEqual(acmeStops);
    expect(statesIn(command())).toEqual(acmeStops);
    expect(whyOf(acme)).toMatch(/jvAgent\.json:\d+ git\.branchPrefix: .*codechange\/globex had it first and goes on/);
    write(fileOf(acme), configOf(acme));
    expect(await look()).toEqual(bothRun);
  },
);

test('a token of another agent stops the agent that got it later, and no message or row has its value', async () => {
  const { write, look, restart, whyOf, store, folder, command } = await platform();
  write(`${acme}/secrets.env`, secretsOf(acme, `the-pat-of-${globex}`));
  expect(await look()).toEqual(acmeStops);
  expect(restart()).toEqual(acmeStops);
  expect(statesIn(command())).toEqual(acmeStops);
  expect(whyOf(acme)).toContain('AZDO_PAT');
  await store.close();
  const state = readFileSync(join(folder, 'state.db'), 'latin1') + whyOf(acme);
  expect(state).toContain('credential');
  expect(state).not.toContain('the-pat-of');
});

test('the key of the hashes is a private file of the state', async () => {
  const { folder } = await platform();
  expect(statSync(join(folder, 'holdings.key')).mode & 0o777).toBe(0o600);
});

test.each([
  ['with a slip that waits for trust', (write: (content: unknown) => void) => write(configOf(acme, 'feature/a-'))],
  ['that is broken', (write: (content: unknown) => void) => write('{')],
])('an agent %s keeps what it had: nobody else can take it', async (_, slip) => {
  const { write, add, look } = await platform();
  slip((content) => write(fileOf(acme), content));
  add(initech, 'feature/acme-');
  expect(await look()).toMatchObject({ [initech]: 'TENANT_OVERLAP', [globex]: 'runs' });
  write(fileOf(acme), configOf(acme));
  expect(await look()).toEqual({ ...bothRun, [initech]: 'TENANT_OVERLAP' });
});

test('what waits for trust takes nothing: a new agent that claims the same runs', async () => {
  const { write, add, look } = await platform();
  write(fileOf(acme), configOf(acme, 'feature/initech-'));
  add(initech);
  expect(await look()).toEqual({ ...acmeStops, [initech]: 'runs' });
});

test('a trusted change gives up what it had: another agent can have it then, also for a command alone', async () => {
  const { write, add, look, trust, command } = await platform();
  write(fileOf(acme), configOf(acme, 'feature/a-'));
  await look();
  await trust(acme);
  add(initech, 'feature/acme-');
  expect(statesIn(command())).toEqual({ ...bothRun, [initech]: 'runs' });
  expect(await look()).toEqual({ ...bothRun, [initech]: 'runs' });
});

test('an agent whose folder is removed gives everything up, one whose jvAgent.json is away does not', async () => {
  const { path, add, look } = await platform();
  renameSync(path(fileOf(acme)), path(`${acme}/away`));
  add(initech, 'feature/acme-');
  expect(await look()).toEqual({ [globex]: 'runs', [initech]: 'TENANT_OVERLAP' });
  rmSync(path(acme), { recursive: true });
  expect(await look()).toEqual({ [globex]: 'runs', [initech]: 'runs' });
});

test('two agents that share something from the start both stop, and so do those of a restored state', async () => {
  const { add, look, store, write, whyOf } = await platform([acme]);
  add(globex, 'feature/x-');
  add(initech, 'feature/x-');
  const both = { [acme]: 'runs', [globex]: 'TENANT_OVERLAP', [initech]: 'TENANT_OVERLAP' };
  expect(await look()).toEqual(both);
  expect(whyOf(globex)).toContain('nobody is known to have had it first, so both stop');
  add(initech);
  expect(await look()).toMatchObject({ [globex]: 'runs', [initech]: 'runs' });
  await store.platform.settleRestored();
  write(fileOf(initech), configOf(initech, 'feature/x-'));
  expect(await look()).toEqual(both);
});

test('an agent that begins to push beside the one of the same customer stops alone', async () => {
  const { write, add, look, trust } = await platform([]);
  const { instance, devops, git } = configOf(acme);
  const impl = { id: 'impl/acme', instance };
  write('impl/acme/jvAgent.json', impl);
  write('impl/acme/secrets.env', secretsOf(acme));
  expect(await look()).toEqual({ 'impl/acme': 'runs' });
  await trust('impl/acme');
  // Later than its neighbour, which has had the instance and the tokens first.
  await setTimeout(5);
  add(acme);
  expect(await look()).toEqual({ [acme]: 'runs', 'impl/acme': 'runs' });
  const own = { ...git, customerBranch: 'other', branchPrefix: 'other-' };
  write('impl/acme/jvAgent.json', { ...impl, devops, git: own });
  expect(await look()).toEqual({ [acme]: 'runs', 'impl/acme': 'TENANT_OVERLAP' });
});

test('a command writes nothing: a workspace without a state gets none', () => {
  const { root, path } = createWorkspace({ [fileOf(acme)]: configOf(acme) });
  expect(statesIn(agentsOf({ root, home: root }, systemClock))).toEqual({ [acme]: 'runs' });
  expect(statSync(path('.jvagent'), { throwIfNoEntry: false })).toBeUndefined();
});
