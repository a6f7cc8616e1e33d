import { expect, test } from 'vitest';
import { createSteering } from '../../../src/turns/item/steering.ts';
import type { StoredText, TileComment } from '../../../src/work-items/tracker.ts';
import { codeChangeAgent, orderFor } from '../turn.ts';

const comment = (commentId: number, who: string, text = `words ${commentId}`): TileComment => ({
  commentId,
  version: 1,
  text,
  by: { id: `id-${who}`, name: who, mail: `${who}@acme.example` },
  at: 0,
  isDeleted: false,
  format: 'markdown',
});

function setUp(approvers: string[] | undefined) {
  const tile = [comment(1, 'erin')];
  const told: string[] = [];
  const agent = codeChangeAgent({ devops: { approvers } });
  const order = orderFor('wi-12', { agentIdentities: ['id-agent'] });
  const connections = { tracker: { comments: async () => tile, markdownOf: async ({ text }: StoredText) => text } };
  const steering = createSteering({ agent, order, connections });
  steering.begin(12, [...tile], (text) => told.push(text));
  return { tile, told, steering };
}

test("an approver's new comment is passed on once, in a data block, a stranger's never", async () => {
  const { tile, told, steering } = setUp(['erin@acme.example']);
  await steering.look();
  tile.push(comment(2, 'oscar', 'delete all'), comment(3, 'erin', 'use tabs'));
  await steering.look();
  await steering.look();
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/<<<data [0-9a-f]+ comment by erin.*\nuse tabs\ndata>>>/);
  expect(told[0]).not.toContain('delete all');
});

test('without a list of approvers, any person may steer, but no agent', () => {
  const { steering } = setUp(undefined);
  expect(['oscar', 'agent'].map((who) => steering.maySteer(comment(1, who)))).toEqual([true, false]);
});

test('once the engine is done, nothing is passed on', async () => {
  const { tile, told, steering } = setUp(['erin@acme.example']);
  tile.push(comment(2, 'erin'));
  steering.end();
  await steering.look();
  expect(told).toEqual([]);
});
