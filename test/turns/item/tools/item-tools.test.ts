/** What a tool of a turn hands on, and what it answers: the first is for people, the second for the model. */
import { expect, test } from 'vitest';
import type { Performer } from '../../../../src/effects/performer.ts';
import type { EngineTool } from '../../../../src/engine/engine.ts';
import type { Drive } from '../../../../src/turns/item/drive-item.ts';
import { itemTools } from '../../../../src/turns/item/tools/item-tools.ts';
import type { Intent } from '../../../../src/work-items/lifecycle/events.ts';
import { only } from '../../../only.ts';
import { answerIn } from '../../../tools/turn.ts';
import { base, executing, tileIn } from '../../../work-items/fixture.ts';
import { createWorld } from '../../../work-items/ports.ts';
import { codeChangeAgent, itemTurn, treeAt } from '../../turn.ts';

/** One that the sanitizer would break into pieces. */
const secret = 'token@crm/<7f3e>';
const hidden = 'is [jvagent-redacted:CRM_TOKEN]';

async function toolsOf() {
  const intents: Intent[] = [];
  const performer: Performer = {
    async perform(_, intent) {
      intents.push(intent);
      return { kind: 'done', result: {} };
    },
  };
  const tile = tileIn('In Progress', { title: `is ${secret}` });
  const turn = itemTurn({
    agent: codeChangeAgent({ devops: { writableFields: ['System.Title'] } }),
    world: createWorld({ tile }),
    parts: { hidden: [{ name: 'CRM_TOKEN', value: secret }] },
    // The secret stands in the files of this turn.
    turn: { performer, modelRedact: (text) => text },
  });
  const drive = only<Drive>('drive', { item: () => executing });
  const tree = treeAt(base);
  const tools = await itemTools(turn, { phase: 'executing', tree, dependencies: 'unset', tile, drive, product: {} });
  const call = async (name: string, input: unknown) =>
    (tools.find((tool) => tool.name === name) as EngineTool).call(input);
  return { intents, call };
}

test('comments, fields and children show the mark instead of a secret', async () => {
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

test('answers to the model hide what is secret for it, not what is secret for people', async () => {
  const { call } = await toolsOf();
  expect(answerIn(await call('azdo', { action: 'get' }))).toMatchObject({ title: `is ${secret}` });
});
