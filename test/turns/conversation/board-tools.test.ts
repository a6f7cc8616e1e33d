/** What an agent with a board can look up while it talks; the board is in memory. */
import { expect, test } from 'vitest';
import { createRedact } from '../../../src/base/redact.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import { limits } from '../../../src/limits.ts';
import { bindTools } from '../../../src/tools/binder.ts';
import { boardTools } from '../../../src/turns/conversation/board-tools.ts';
import { tileIn } from '../../work-items/fixture.ts';
import { createWorld, trackerOf } from '../../work-items/ports.ts';
import { codeChangeAgent, connectionsTo, itemTurn } from '../turn.ts';

async function azdo() {
  const world = createWorld({ tile: tileIn('Planning') });
  const asked: unknown[] = [];
  const tracker = {
    ...trackerOf(world),
    async changedSince(since: number | undefined, states: readonly string[]) {
      asked.push({ since, states });
      return [12];
    },
    async selected(query: string, max: number) {
      asked.push({ query, max });
      return [12];
    },
    tiles: async () => [tileIn('Planning')],
  };
  const agent = codeChangeAgent();
  const { worker } = itemTurn({ agent, connections: connectionsTo(world, { tracker }) });
  const [tool] = bindTools({
    turn: { agentId: agent.id, sessionId: 'slack-a-c-1-1' as SessionId, kind: 'conversation', config: agent.config },
    platformTools: await boardTools(worker),
    hostTools: [],
    redact: createRedact([]),
    limits,
    record: () => {},
  });
  return { call: (input: object) => tool?.call(input) ?? Promise.resolve('no tool'), tool, asked };
}

test('work items are found by a query, or those in work without one', async () => {
  const { call, asked } = await azdo();
  const query = 'SELECT [System.Id] FROM WorkItems';
  expect(await call({ action: 'query', wiql: query })).toContain('"workItemId":12');
  await call({ action: 'query' });
  expect(asked).toEqual([
    { query, max: 50 },
    { since: undefined, states: ['Planning', 'Plan Ready', 'Approved', 'In Progress', 'PR Created'] },
  ]);
});

test('nothing is written to a work item', async () => {
  const { call, tool } = await azdo();
  expect(tool?.inputSchema.properties).toMatchObject({ action: { enum: ['query', 'get', 'list-comments'] } });
  for (const action of ['update', 'create']) {
    expect(await call({ action, workItemId: 12, fields: { 'System.Title': 'x' } })).toContain('TOOL_UNAVAILABLE');
  }
  expect(await call({ action: 'add-comment', workItemId: 12, comment: 'x' })).toContain('TOOL_UNAVAILABLE');
});
