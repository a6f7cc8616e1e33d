import { expect, test } from 'vitest';
import { parseForSupervisor, parseForWorker } from '../../src/ipc/protocol.ts';
import { refuse } from '../../src/refusal.ts';

test('a message that does not exist is a bug', () => {
  expect(() => parseForSupervisor('configure', {})).toThrow('no message configure');
  expect(() => parseForWorker('apply', {})).toThrow('no message apply');
});

test('a worker cannot say whose turn it is: agent, session and epoch are dropped', () => {
  const event = { kind: 'gone', why: 'deleted' };
  const said = { turnId: 't1', event, agentId: 'codechange/globex', sessionId: 'wi-1', epoch: 9 };
  expect(parseForSupervisor('apply', said)).toEqual({ turnId: 't1', event });
});

test.each([
  { command: 'reply', payload: { text: 'z'.repeat(40_000 + 100) } },
  { command: 'no-reply', payload: { reason: 'It is closed.' } },
  { command: 'ask.failed', payload: { ...refuse('MODEL_REFUSED', 'not that'), until: 5, system: 'model' } },
])('an answer passes as it is given: $command', (answer) => {
  const given = { turnId: 't1', questionId: 'q1', answer };
  expect(parseForSupervisor('answer', given)).toEqual(given);
});

test.each([
  ['apply', { event: {} }],
  ['apply', { turnId: '', event: {} }],
  ['apply', { turnId: 't1', event: 'gone' }],
  ['effectBegin', { turnId: 't1', key: 7, intent: {} }],
  ['reserve', { turnId: 't1', usdMax: -1 }],
  ['settle', { turnId: 't1', usdMax: 1, usd: '1', tokens: { input: 0, cached: 0, output: 0 } }],
  ['settle', { turnId: 't1', usdMax: 1, usd: -1, tokens: { input: 0, cached: 0, output: 0 } }],
  ['answer', { turnId: 't1', questionId: 'q1', answer: { command: 'work.cancel', payload: { text: 'a' } } }],
  ['answer', { turnId: 't1', questionId: 'q1', answer: { command: 'reply', payload: { text: '' } } }],
  ['answer', { turnId: 't1', questionId: 'q1', answer: { command: 'reply', payload: { text: 'z'.repeat(80_001) } } }],
  [
    'answer',
    { turnId: 't1', questionId: 'q1', answer: { command: 'no-reply', payload: { reason: 'z'.repeat(4_001) } } },
  ],
  [
    'answer',
    {
      turnId: 't1',
      questionId: 'q1',
      answer: { command: 'ask.failed', payload: { refused: 'X', why: 'a', fix: 'b' } },
    },
  ],
  ['record', { turnId: 't1', entries: [{ at: 1, kind: '' }] }],
])('%s of another form is refused', (method, params) => {
  expect(() => parseForSupervisor(method, params)).toThrow();
});
