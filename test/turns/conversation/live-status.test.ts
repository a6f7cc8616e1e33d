import { expect, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { createLiveStatus } from '../../../src/turns/conversation/live-status.ts';

function status() {
  const shown: string[] = [];
  const clock = { time: 0 };
  const { heard } = createLiveStatus(
    () => clock.time,
    (text) => void shown.push(text),
  );
  const call = (tool: string, input: object = {}) => heard({ kind: 'tool-call', id: 'c1', tool, input });
  return { shown, clock, call, heard };
}

test('a turn that takes longer says what it does, in words that hold nothing of it', () => {
  const { shown, clock, call, heard } = status();
  clock.time = limits.quietTurnSeconds * 1_000;
  call('Bash', { command: 'cat token-of-the-crm' });
  call('Bash', { command: 'ls' });
  heard({ kind: 'thinking', text: 'token-of-the-crm' });
  call('mcp__jv__azdo', { action: 'query' });
  call('mcp__jv__crm', { token: 'token-of-the-crm' });
  call('mcp__jv__reply', { text: 'Brown.' });
  expect(shown).toEqual(['I run a command.', 'I look at the board.', 'I use a tool.']);
});

test('a short turn says nothing but its answer', () => {
  const { shown, clock, call } = status();
  clock.time = limits.quietTurnSeconds * 1_000 - 1;
  call('Read');
  expect(shown).toEqual([]);
});
