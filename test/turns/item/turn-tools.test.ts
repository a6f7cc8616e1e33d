/** What a tool of a turn hands on, and what it answers: the first is for people, the second for the model. */
import { expect, test } from 'vitest';
import { createRedact } from '../../../src/base/redact.ts';
import { createAzdoTool } from '../../../src/connectors/azure-devops/tool.ts';
import type { Performer } from '../../../src/effects/performer.ts';
import type { EngineTool } from '../../../src/engine/engine.ts';
import type { TurnBinding } from '../../../src/turns/item/run-turn.ts';
import { createTurnTools, type TurnToolsOptions } from '../../../src/turns/item/turn-tools.ts';
import type { Intent } from '../../../src/work-items/lifecycle/events.ts';
import { answerIn, configOf, devops } from '../../tools/turn.ts';
import { base, executing, tileIn } from '../../work-items/fixture.ts';
import { createWorld, trackerOf } from '../../work-items/ports.ts';

/** One that the sanitizer would break into pieces. */
const secret = 'token@crm/<7f3e>';
const hidden = 'is [jvagent-redacted:CRM_TOKEN]';
const redact = createRedact([{ name: 'CRM_TOKEN', value: secret }]);

async function toolsOf() {
  const intents: Intent[] = [];
  const performer: Performer = {
    async perform(_, intent) {
      intents.push(intent);
      return { kind: 'done', result: {} };
    },
  };
  const config = configOf({ devops: devops({ writableFields: ['System.Title'] }) });
  const tile = tileIn('In Progress', { title: `is ${secret}` });
  const toolsFor = createTurnTools({
    agent: { id: 'codechange/acme', config },
    sessionId: 'wi-12',
    tracker: trackerOf(createWorld({ tile })),
    trackerTool: createAzdoTool,
    performer,
    linkHosts: [],
    hostTools: async () => [],
    record: () => {},
    redact,
    // The secret stands in the files of this turn.
    modelRedact: (text: string) => text,
    clock: { now: () => 0 },
  } as unknown as TurnToolsOptions);
  const drive = { item: () => executing };
  const tools = await toolsFor({ phase: 'executing', tree: { sha: base }, tile, drive, product: {} } as TurnBinding);
  const call = async (name: string, input: unknown) =>
    (tools.find((tool) => tool.name === name) as EngineTool).call(input);
  return { intents, call };
}

test('comments, fields and children are intended with the mark where a secret stood', async () => {
  const { intents, call } = await toolsOf();
  await call('azdo', { action: 'add-comment', comment: `is ${secret}` });
  await call('azdo', { action: 'create', fields: { 'System.WorkItemType': 'Task', 'System.Title': `is ${secret}` } });
  await call('azdo', { action: 'update', fields: { 'System.Title': `is ${secret}` } });
  expect(intents).toMatchObject([
    { kind: 'comment', text: hidden },
    { kind: 'create-child', fields: { 'System.Title': hidden } },
    { kind: 'set-fields', fields: { 'System.Title': hidden } },
  ]);
});

test('the model is answered by what is hidden from it, not by what is hidden from people', async () => {
  const { call } = await toolsOf();
  expect(answerIn(await call('azdo', { action: 'get' }))).toMatchObject({ title: `is ${secret}` });
});
