/** What a prompt says of the turn is what the turn has: its tools by name and action, its tests, its network, its money. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { InstanceConnector } from '../../../../src/connectors/instance.ts';
import { agentLimits } from '../../../../src/limits.ts';
import { refuse } from '../../../../src/refusal.ts';
import { shippedToolNames } from '../../../../src/tools/phases.ts';
import { allowances } from '../../../../src/turns/item/allowances.ts';
import type { Drive } from '../../../../src/turns/item/drive-item.ts';
import { type Situation, situationText, toolsText } from '../../../../src/turns/item/prompt/situation.ts';
import { itemTools } from '../../../../src/turns/item/tools/item-tools.ts';
import { planSchema } from '../../../../src/work-items/plan.ts';
import { only } from '../../../only.ts';
import { base, executing, tileIn } from '../../../work-items/fixture.ts';
import { createWorld, instanceOf } from '../../../work-items/ports.ts';
import { codeChangeAgent, connectionsTo, itemTurn, treeAt } from '../../turn.ts';

const phases = ['planning', 'executing', 'repair'] as const;
const templates = join(import.meta.dirname, '../../../../templates/agent');

async function toolsIn(phase: (typeof phases)[number]) {
  const world = createWorld({ tile: tileIn('In Progress') });
  const turn = itemTurn({
    world,
    connections: connectionsTo(world, {
      instance: only<InstanceConnector>('instance', {
        ...instanceOf(world),
        call: async () => refuse('TOOL_UNAVAILABLE', 'nothing is called here'),
      }),
    }),
  });
  const drive = only<Drive>('drive', { item: () => executing });
  const round = { phase, tree: treeAt(base), dependencies: 'unset' as const, tile: tileIn('In Progress'), drive };
  return itemTools(turn, { ...round, product: {} });
}

const actionsOf = (schema: Readonly<Record<string, unknown>>): string[] => {
  const { properties } = schema as { properties?: Record<string, { enum?: string[] }> };
  return properties?.action?.enum ?? properties?.method?.enum ?? [];
};

test.each(phases)('the prompt for %s names exactly the tools and actions that are bound', async (phase) => {
  const tools = await toolsIn(phase);
  const { builtin, promptFile } = allowances[phase];
  const listed = toolsText(builtin, tools);
  const named = [...listed.matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
  expect(named).toEqual([...builtin, tools[0]?.name, `mcp__jv__${tools[0]?.name}`]);
  for (const { description, inputSchema } of tools) {
    const told = [...description.matchAll(/^([\w-]+): /gm)].map(([, action]) => action);
    expect(new Set(told)).toEqual(new Set(actionsOf(inputSchema)));
  }
  const template = readFileSync(join(templates, promptFile), 'utf8');
  const fields = Object.keys(planSchema.shape);
  const quoted = [...template.matchAll(/`([\w-]+)`/g)]
    .map(([, name = '']) => name)
    .filter((name) => !fields.includes(name));
  const bound = new Set(tools.map(({ name }) => name));
  expect(quoted.filter((name) => shippedToolNames.includes(name) && !bound.has(name))).toEqual([]);
  // Every word that is an action somewhere is one here.
  const all = (await Promise.all(phases.map(toolsIn))).flat().flatMap(({ inputSchema }) => actionsOf(inputSchema));
  const here = new Set(tools.flatMap(({ inputSchema }) => actionsOf(inputSchema)));
  expect(quoted.filter((name) => all.includes(name) && !here.has(name))).toEqual([]);
  for (const name of ['situation', 'tools', 'workItem', 'comments', 'hint']) expect(template).toContain(`{{${name}}}`);
});

test('the schema of a tool has the fields of its phase alone', async () => {
  const fieldsOf = async (phase: (typeof phases)[number], tool: string) => {
    const { inputSchema } = (await toolsIn(phase)).find(({ name }) => name === tool) ?? {};
    return Object.keys((inputSchema?.properties ?? {}) as object);
  };
  expect(await fieldsOf('planning', 'git-ops')).toEqual(['action', 'files']);
  expect(await fieldsOf('planning', 'azdo')).toEqual(['action', 'workItemId', 'comment']);
  expect(await fieldsOf('planning', 'instance-api')).toEqual(['method', 'path', 'query']);
  expect(await fieldsOf('executing', 'azdo')).toEqual(['action', 'workItemId', 'fields', 'comment']);
  expect(await fieldsOf('executing', 'git-ops')).toContain('prBody');
  expect(await fieldsOf('executing', 'instance-deploy')).toEqual(['action']);
});

test.each(phases)('no schema for %s says what goes without saying', async (phase) => {
  const schemas = JSON.stringify((await toolsIn(phase)).map(({ inputSchema }) => inputSchema));
  expect(schemas).not.toMatch(/"additionalProperties":false|"minLength":1\b|"propertyNames"|9007199254740991/);
});

test('git-ops tells of the actions of its phase alone', async () => {
  const told = async (phase: (typeof phases)[number]) =>
    (await toolsIn(phase)).find(({ name }) => name === 'git-ops')?.description ?? '';
  expect(await told('planning')).toMatch(/status: .*\ndiff: .*\nlog: [^\n]*$/);
  expect(await told('executing')).toContain('pr-create: ');
  expect(await told('executing')).toContain('`prTitle`');
});

const situation = (more: Partial<Situation> = {}, git: Record<string, unknown> = {}) =>
  situationText({
    git: codeChangeAgent({ git: { testCommand: 'npm test', testMinutesMax: 7, ...git } }).git,
    dependencies: 'unset',
    domains: [],
    limits: agentLimits,
    ...more,
  });

test('tests, network, size, time and money are said as they are configured', () => {
  expect(situation()).toContain(
    'runs `npm test` on your commit before it is pushed, for at most 7 minutes. If they fail, nothing is pushed',
  );
  expect(situation({}, { testsMayFail: true })).toContain('If they fail, the pull request says so');
  expect(situation({}, { testCommand: undefined })).toContain('Tests: none are configured');
  expect(situation()).toContain('Network: none.');
  expect(situation({ domains: ['api.example.com'] })).toContain('Network: only `api.example.com`.');
  expect(situation({}, { paths: ['src/**'] })).toContain('Only files that match `src/**` may change.');
  expect(situation()).toMatch(
    /this turn may take 30 minutes.*\n.*at most 10 USD in this turn and 50 USD for the whole/,
  );
});

test.each([
  ['installed', 'ran `npm ci`, and its result is in the tree'],
  ['failed', 'it failed on this commit'],
  ['unset', 'no set-up command is configured'],
  ['off', 'not installed in this turn'],
] as const)('dependencies that are %s are said to be so', (dependencies, said) => {
  expect(situation({ dependencies }, { setupCommand: 'npm ci' })).toContain(said);
});
