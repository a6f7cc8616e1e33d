/** What the azdo tool reads and writes, and above all what it never writes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAzdoTool } from '../../../src/connectors/azure-devops/tool.ts';
import { bindTools } from '../../../src/tools/binder.ts';
import type { ToolTurn } from '../../../src/tools/tool.ts';
import type { Tile } from '../../../src/work-items/tracker.ts';
import { only } from '../../only.ts';
import { answerIn, configOf, devops, talkOf, turnOf } from '../../tools/turn.ts';
import { commentBy, eve } from '../../work-items/fixture.ts';

function azdo(turn: ToolTurn = turnOf()) {
  const sent: unknown[][] = [];
  const port =
    (name: string) =>
    async (...words: unknown[]) => {
      sent.push([name, ...words]);
      return { ok: true };
    };
  const tool = createAzdoTool({
    query: port('query'),
    comment: port('comment'),
    create: port('create'),
    update: port('update'),
    linkHosts: [],
    redact: (text) => text,
    reads: {
      tile: async (workItemId) =>
        workItemId === 404
          ? undefined
          : only<Tile>('tile', { workItemId, content: { text: { text: '<i>y</i>', format: 'html' } } }),
      comments: async () => [commentBy(eve, '<b>x</b>')],
      markdownOf: async ({ text }) => `as Markdown: ${text}`,
    },
  });
  const [bound] = bindTools({
    turn,
    platformTools: [tool],
    hostTools: [],
    redact: (text) => text,
    limits: { toolCallsInTurnMax: 10_000, toolAnswerBytesMax: 100_000 },
    record: () => {},
  });
  return { sent, call: async (input: unknown) => answerIn((await bound?.call(input)) ?? 'not there') };
}

const withFields = (...writableFields: string[]) =>
  turnOf({ config: configOf({ devops: devops({ writableFields }) }) });

describe('the state', () => {
  const plain = [
    'System.State',
    'system.state',
    'SYSTEM.STATE',
    'state',
    'State',
    ' System.State ',
    '/fields/System.State',
  ];
  const disguised = ['System.\u200bState', 'Ｓystem.State', 'System . State', 'state\n', 'System.BoardColumn'];
  const kanban = 'WEF_0123_Kanban.Column';

  it.each([...plain, ...disguised, kanban])('is not written as %j, by update or create', async (name) => {
    const { call, sent } = azdo(withFields('System.Title', 'System.BoardColumn', kanban));
    for (const action of ['update', 'create']) {
      const answer = await call({ action, fields: { 'System.Title': 'x', [name]: 'Approved' } });
      expect(answer).toMatchObject({ refused: 'FIELD_DENIED' });
    }
    expect(sent).toEqual([]);
  });

  it('is not written in any spelling, whatever fields are open', async () => {
    const letters = (word: string) =>
      fc
        .tuple(...[...word].map((letter) => fc.constantFrom(letter.toLowerCase(), letter.toUpperCase())))
        .map((chosen) => chosen.join(''));
    const gap = fc.constantFrom('', ' ', '\t', '\u200b', '\u00a0', '\ufeff');
    const prefix = fc.oneof(fc.constant(''), letters('system.'), letters('/fields/system.'));
    const name = fc.tuple(gap, prefix, letters('state'), gap).map((parts) => parts.join(''));
    const opens = fc.subarray(['State', 'system.state', 'System.Title', 'Custom.State', 'System.Tags']);
    await fc.assert(
      fc.asyncProperty(name, opens, fc.constantFrom('update', 'create'), async (field, open, action) => {
        const { call, sent } = azdo(withFields(...open));
        const answer = await call({ action, fields: { 'System.Title': 'x', [field]: 'Approved' } });
        expect(answer).toMatchObject({ refused: 'FIELD_DENIED' });
        expect(sent).toEqual([]);
      }),
    );
  });
});

describe('writing', () => {
  it('allows no field by default', async () => {
    const { call, sent } = azdo();
    expect(await call({ action: 'update', fields: { 'System.Title': 'x' } })).toMatchObject({
      refused: 'FIELD_DENIED',
    });
    expect(sent).toEqual([]);
  });

  it('writes open fields under the name that the configuration gives them, and text made harmless', async () => {
    const { call, sent } = azdo(withFields('System.Title', 'Custom.Points'));
    await call({ action: 'update', fields: { title: 'fixes AB#3\n<b>', ' custom.points': 3 } });
    expect(sent).toEqual([
      ['update', { 'System.Title': expect.not.stringMatching(/fixes AB#3|<b>|\n/), 'Custom.Points': 3 }],
    ]);
  });

  it('makes a child with a title, of a type that may be named, and nothing else that is not open', async () => {
    const { call, sent } = azdo();
    await call({ action: 'create', fields: { 'System.Title': 'Part two' } });
    await call({ action: 'create', fields: { Title: 'Part', 'System.WorkItemType': 'Bug' } });
    expect(sent).toEqual([
      ['create', 'Task', { 'System.Title': 'Part two' }],
      ['create', 'Bug', { 'System.Title': 'Part' }],
    ]);
    const assigned = { 'System.Title': 'x', 'System.AssignedTo': 'me' };
    expect(await call({ action: 'create', fields: assigned })).toMatchObject({ refused: 'FIELD_DENIED' });
    expect(await call({ action: 'create', fields: { 'System.WorkItemType': 'Bug' } })).toMatchObject({
      refused: 'FIELD_DENIED',
    });
  });

  it('comments on its own work item only, in harmless words', async () => {
    const { call, sent } = azdo();
    expect(await call({ action: 'add-comment', workItemId: 13, comment: 'x' })).toMatchObject({
      refused: 'GATE_TENANT',
    });
    await call({ action: 'add-comment', workItemId: 12, comment: '# Plan\n![x](https://evil/x) @boss' });
    expect(sent).toEqual([['comment', expect.not.stringMatching(/!\[|@boss|^#/)]]);
    await expect(call({ action: 'add-comment' })).rejects.toThrow('comment: is missing');
  });
});

describe('reading', () => {
  it('reads its own work item, and no other', async () => {
    const { call } = azdo(turnOf({ kind: 'planning' }));
    const content = { text: 'as Markdown: <i>y</i>' };
    expect(await call({ action: 'get' })).toEqual({ workItemId: 12, content });
    expect(await call({ action: 'list-comments' })).toMatchObject([{ text: 'as Markdown: <b>x</b>' }]);
    expect(await call({ action: 'get', workItemId: 13 })).toMatchObject({ refused: 'GATE_TENANT' });
    expect(await call({ action: 'query', wiql: 'SELECT' })).toMatchObject({ refused: 'TOOL_UNAVAILABLE' });
  });

  it('in a conversation reads named items, and writes nothing', async () => {
    const { call, sent } = azdo(talkOf(configOf({ devops: devops({ writableFields: ['System.Title'] }) })));
    expect(await call({ action: 'get', workItemId: 13 })).toMatchObject({ workItemId: 13 });
    expect(await call({ action: 'get', workItemId: 404 })).toMatchObject({ refused: 'GATE_TENANT' });
    expect(await call({ action: 'get' })).toMatchObject({ refused: 'TOOL_UNAVAILABLE' });
    await call({ action: 'query' });
    for (const action of ['add-comment', 'update', 'create']) {
      const answer = await call({ action, workItemId: 13, comment: 'x', fields: { 'System.Title': 'x' } });
      expect(answer).toMatchObject({ refused: 'TOOL_UNAVAILABLE' });
    }
    expect(sent).toEqual([['query', undefined]]);
  });
});
