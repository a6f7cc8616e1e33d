/** Secrets where they must not be: in files that others read, in children, in errors, in other processes. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { readSecrets } from '../../src/agents/secrets/secrets.ts';
import { isRefusal } from '../../src/refusal.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';
import { approved } from '../stories/road.ts';
import { call, commit, edit, executing, openPullRequest, say, scriptOf } from '../stories/scripts.ts';
import { startWorld, type World } from '../stories/world.ts';
import { type Answered, answersOf } from './calls.ts';

/** A token that this agent's tools may have. */
const toolToken = 'tool-token-5d21f0c9';

const throwing = `module.exports = {
  name: 'throwing', schema: { type: 'object' },
  async execute(input, { agentSecrets }) {
    const token = agentSecrets.CRM_TOKEN;
    const error = new Error('Request failed for ' + token, { cause: new Error('cause-' + 'of-it ' + token) });
    error.config = { marked: 'config-' + 'of-it', headers: { Authorization: 'Bearer ' + token } };
    throw error;
  },
};`;

interface Seen {
  name: string;
  environment: string;
  commandLine: string;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Undefined when it ended or became another program while it was looked at. */
function lookAt(pid: number): Seen | undefined {
  const name = read(`/proc/${pid}/comm`).trim();
  const environment = read(`/proc/${pid}/environ`);
  const commandLine = read(`/proc/${pid}/cmdline`);
  return name !== '' && read(`/proc/${pid}/comm`).trim() === name ? { name, environment, commandLine } : undefined;
}

/** Every process below this one, as it is now. */
function processesBelow(pid: number): Seen[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [lookAt(child) ?? [], processesBelow(child)].flat());
}

let world: World;
let answers: Answered[];
const seen = new Map<string, Seen>();

beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(
      executing('', [
        call('Bash', { command: 'sleep 1' }),
        call('mcp__jv__throwing'),
        ...edit,
        commit,
        openPullRequest,
        say('Handed over.'),
      ]),
    ),
    prepare({ root }) {
      const folder = join(root, 'codechange/acme');
      mkdirSync(join(folder, 'tools'));
      writeFileSync(join(folder, 'tools/throwing.js'), throwing);
      const file = join(folder, 'secrets.env');
      writeFileSync(file, `${readFileSync(file, 'utf8')}CRM_TOKEN=${toolToken}\n`);
    },
  });
  world.fault({ target: 'git', match: { path: 'git-receive-pack' }, do: { delayMs: 700 } });
  const look = setInterval(() => {
    for (const one of processesBelow(process.pid)) seen.set(`${one.name} ${one.commandLine} ${one.environment}`, one);
  }, 40);
  const id = await approved(world, 'An item whose push is watched');
  await world.until(id, 'pr-created');
  clearInterval(look);
  answers = await answersOf(world, id);
});
afterAll(() => world.close());

test('SE-01 an agent with a secrets.env that others can read is disabled, and the others are sound', () => {
  for (const mode of [0o644, 0o640]) {
    const { root, path } = createWorkspace({
      'codechange/acme/jvAgent.json': customerConfig('acme'),
      'codechange/acme/secrets.env': 'AZDO_PAT=acme-pat-1\n',
      'codechange/globex/jvAgent.json': customerConfig('globex'),
      'codechange/globex/secrets.env': 'AZDO_PAT=globex-pat-1\n',
    });
    chmodSync(path('codechange/acme/secrets.env'), mode);
    const states = createAgentStore({ root }).list();
    const codes = states.map((state) => ('refusal' in state ? state.refusal.refused : 'sound'));
    expect(codes).toEqual(['SECRETS_MODE', 'sound']);
    expect(JSON.stringify(states)).not.toContain('acme-pat-1');
  }
});

test("SE-07 a parent's secrets are not its child's", () => {
  const { root, path } = createWorkspace({
    'codechange/jvAgent.json': { id: 'codechange' },
    'codechange/secrets.env': 'X=of-the-parent\nINSTANCE_URL=https://parent.example.com\n',
    'codechange/acme/jvAgent.json': customerConfig('acme'),
  });
  const own = readSecrets(path('codechange/acme'));
  const names = isRefusal(own) ? [] : [...own.secrets.keys()];
  expect(names).toContain('AZDO_PAT');
  for (const name of ['X', 'INSTANCE_URL']) expect(names).not.toContain(name);
  const child = createAgentStore({ root }).get('codechange/acme');
  expect(child && 'agent' in child && child.agent.locations.instanceUrl).toBe('https://api.acme.example.com');
  expect(JSON.stringify(child)).not.toContain('of-the-parent');
});

test('SE-10 the model and the log get only the redacted words of an error that a tool throws', async () => {
  const failed = answers.find(({ tool }) => tool === 'mcp__jv__throwing');
  expect(failed?.result).toContain('Request failed for [jvagent-redacted:CRM_TOKEN]');
  const transcripts = JSON.stringify(world.emulators.faults.requests()) + JSON.stringify(answers);
  expect(transcripts).toContain('Request failed for [jvagent-redacted:CRM_TOKEN]');
  for (const word of [toolToken, 'cause-of-it', 'config-of-it']) expect(transcripts).not.toContain(word);
});

test('SE-12 in a turn with a push only git has a token in its environment, and no command line has one', () => {
  const { pats, gitTokens, instanceToken } = world.emulators.tenants.acme.secrets;
  const values = [pats.agent, gitTokens.agent, instanceToken, toolToken];
  const basic = values.flatMap((value) => ['', 'x-access-token'].map((user) => `${user}:${value}`));
  const forms = [...values, ...basic.map((pair) => Buffer.from(pair).toString('base64'))];
  const holding = (text: string) => forms.some((form) => text.includes(form));
  const all = [...seen.values()];
  const names = new Set(all.map(({ name }) => name));
  for (const name of ['bwrap', 'claude', 'sleep', 'git']) expect([...names].join()).toContain(name);
  expect(all.map(({ commandLine }) => commandLine).join()).toContain('test.js');
  const holders = new Set(all.filter(({ environment }) => holding(environment)).map(({ name }) => name));
  expect([...holders].filter((name) => !name.startsWith('git'))).toEqual([]);
  expect([...holders].length).toBeGreaterThan(0);
  expect(all.filter(({ commandLine }) => holding(commandLine))).toEqual([]);
});
