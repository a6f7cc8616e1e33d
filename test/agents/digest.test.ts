import { expect, test } from 'vitest';
import type { AgentId } from '../../src/agents/agent-id.ts';
import { agentConfigSchema } from '../../src/agents/config/config.ts';
import { steeringOf } from '../../src/agents/digest.ts';
import { heldBy } from '../../src/agents/trust.ts';
import { digestOf } from '../../src/base/digest.ts';
import { customerConfig } from './workspace.ts';

const id = 'codechange/acme' as AgentId;
const nothing = { inherited: [], locations: {}, texts: [], prompts: {}, tools: {} };
const configOf = (more: Record<string, unknown> = {}) => agentConfigSchema.parse(customerConfig('acme', more));
const steers = (more: Record<string, unknown> = {}) => steeringOf({ ...nothing, config: configOf(more) });

/** A value for each field of jvAgent.json that is not its default; a new field belongs into one of these two. */
const steering: Record<string, unknown> = {
  workDirs: ['/srv/docs'],
  defaultModel: 'opus',
  subscriptions: [{ pattern: `agent/${id}/**` }],
  autoRun: { enabled: true, triageModel: 'opus', triagePrompt: 'Take all.' },
  sessionMapper: 'default',
  email: { from: 'agent@example.com', to: ['erin@acme.example.com'] },
  slack: { channels: ['C1'], app: 'acme', statusChannel: 'C1', people: { U1: { person: 'erin@acme.example.com' } } },
  devops: { ...customerConfig('acme').devops, approvers: ['eve@example.com'] },
  git: { ...customerConfig('acme').git, allowMeta: true },
  instance: { url: 'https://api.example.com', name: 'Acme' },
  approval: { maxAgeDays: 3 },
  limits: { turnUsdMax: 3 },
  sandbox: { domains: ['example.com'] },
  toolDomains: ['example.com'],
  toolSecrets: { AZDO_PAT: ['report'] },
  cliSecrets: ['LICENCE'],
  canMessage: ['agent/docs'],
};
const exempt: Record<string, unknown> = {
  $schema: '../jvAgent.schema.json',
  name: 'Another name',
  description: 'other words',
  heartbeat: '* * * * *',
  timezone: 'Europe/Berlin',
  sessionRetentionDays: 3,
};

test('every field of the configuration is known to steer trust, or not to', () => {
  const known = ['id', ...Object.keys(steering), ...Object.keys(exempt)];
  expect(Object.keys(agentConfigSchema.shape).filter((name) => !known.includes(name))).toEqual([]);
});

test.each(Object.entries(steering))('%s steers trust', (name, value) => {
  expect(digestOf(steers({ [name]: value }))).not.toBe(digestOf(steers()));
});

test('so does an unknown field, wherever it is', () => {
  expect(steers({ later: 1 })).toMatchObject({ later: '1' });
  expect(steers({ autoRun: { later: 1 } })).toMatchObject({ 'autoRun.later': '1' });
});

test.each([...Object.entries(exempt), ['autoRun', { debounceMs: 7, maxBatchSize: 3 }]])(
  '%s does not',
  (name, value) => {
    expect(steers({ [name as string]: value })).toEqual(steers());
  },
);

test('what an agent inherits steers it too', () => {
  const parent = (more: object) => agentConfigSchema.parse({ id: 'codechange', ...more });
  const below = (more: object) =>
    steeringOf({
      ...nothing,
      config: configOf(),
      inherited: [{ agentId: 'codechange' as AgentId, config: parent(more) }],
    });
  expect(below({ defaultModel: 'opus' })).toMatchObject({ 'defaultModel of codechange': '"opus"' });
  expect(digestOf(below({ limits: { dayUsdMax: 1 } }))).not.toBe(digestOf(below({})));
  expect(below({ heartbeat: '* * * * *' })).toEqual(below({}));
});

test('what an earlier version trusted stays trusted while its named values are unchanged', () => {
  const present = steers();
  const named = ['approval', 'sandbox', 'toolSecrets', 'git.branchPrefix', 'devops.stateMapping'];
  const before = Object.fromEntries(named.map((name) => [name, present[name] ?? '']));
  const agent = { id, digest: digestOf(present), steering: present };
  expect(heldBy({ digest: 'of an earlier form', steering: before }, agent)).toBeUndefined();
  const changed = { ...before, 'git.branchPrefix': '"elsewhere-"' };
  expect(heldBy({ digest: 'of an earlier form', steering: changed }, agent)).toMatchObject({
    refused: 'CONFIG_UNTRUSTED',
  });
  const other = steers({ canMessage: ['agent/docs'] });
  expect(heldBy({ digest: digestOf(other), steering: other }, agent)?.why).toContain('canMessage');
});
