import { expect, test } from 'vitest';
import { transcriptFault } from '../../src/engine/transcript-fault.ts';

const id = '11111111-2222-3333-8444-555555555555';

type Fields = Record<string, unknown>;
const row = (uuid: string, parentUuid: string | null, type: string, content: unknown, more: Fields = {}) => ({
  uuid,
  parentUuid,
  type,
  sessionId: id,
  message: { content, ...more },
});
const call = (tool: string) => [{ type: 'tool_use', id: tool, name: 'Bash', input: {} }];
const result = (tool: string) => [{ type: 'tool_result', tool_use_id: tool, content: 'ok' }];

/** As the engine writes them: two calls at once hang on one message, and rows without an id stand between. */
const whole = [
  { type: 'queue-operation', sessionId: id },
  row('u1', null, 'user', 'plan it'),
  { uuid: 'x1', parentUuid: 'u1', type: 'attachment', sessionId: id },
  row('a1', 'x1', 'assistant', call('t1'), { id: 'm1' }),
  row('a2', 'a1', 'assistant', call('t2'), { id: 'm1' }),
  row('r1', 'a1', 'user', result('t1')),
  row('r2', 'a2', 'user', result('t2')),
  { type: 'mode', mode: 'normal' },
  row('a3', 'r2', 'assistant', [{ type: 'text', text: 'done' }], { id: 'm2' }),
];
const without = (uuid: string) => whole.filter((kept) => !('uuid' in kept) || kept.uuid !== uuid);

test('a whole conversation continues, also one that the engine summarized', () => {
  expect(transcriptFault(id, whole)).toBeUndefined();
  const boundary = { uuid: 'b1', parentUuid: null, logicalParentUuid: 'a3', type: 'system', sessionId: id };
  expect(transcriptFault(id, [...whole, boundary, row('u2', 'b1', 'user', 'so far')])).toBeUndefined();
});

test('one that was cut off continues, whatever call was open', () => {
  const cut = [...whole, row('a4', 'a3', 'assistant', call('t4'), { id: 'm3' })];
  const half = [...cut, row('a5', 'a4', 'assistant', call('t5'), { id: 'm3' }), row('r5', 'a5', 'user', result('t5'))];
  for (const rows of [cut, half, whole.slice(0, 5), whole.slice(0, 6)]) {
    expect(transcriptFault(id, rows)).toBeUndefined();
  }
});

test.each([
  ['no row', [], 'none of its messages is stored'],
  ['no message', whole.slice(0, 1), 'none of its messages is stored'],
  [
    'a row that is no JSON any more',
    [...whole.slice(0, 3), {}, ...whole.slice(4)],
    'row 4 of its transcript is not readable',
  ],
  [
    'a message without content',
    [{ uuid: 'u1', parentUuid: null, type: 'user' }],
    'row 1 of its transcript is not readable',
  ],
  ['content of another form', [row('u1', null, 'user', 7)], 'row 1 of its transcript is not readable'],
  ['no first message', without('u1'), 'its first message is missing'],
  ['the first rows cut off', whole.slice(3), 'its first message is missing'],
  ['a hole', without('a1'), 'the message before row 4 is missing'],
  ['a hole where nothing was said', without('x1'), 'the message before row 3 is missing'],
  [
    'rows that name each other',
    [row('u1', 'a1', 'user', 'x'), row('a1', 'u1', 'assistant', [])],
    'its first message is missing',
  ],
  ['a second beginning', [...whole, row('u9', null, 'user', 'approved')], 'the message before row 10 is missing'],
  ['a call without its result', without('r1'), 'the result of a tool call in row 4 is missing'],
  [
    "another conversation's row",
    [...whole, { ...whole[8], sessionId: 'other' }],
    'row 10 belongs to another conversation',
  ],
])('%s is told apart', (_, rows, why) => {
  expect(transcriptFault(id, rows)).toBe(why);
});

test('a name that is not an engine id is not a conversation', () => {
  expect(transcriptFault('../../x', whole)).toBe("its id is not one of the engine's");
});
