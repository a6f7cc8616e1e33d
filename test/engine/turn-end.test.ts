/** Of all that is known of a turn's end, what is told, and whose fault it was. */
import { expect, test } from 'vitest';
import type { EngineRun, TurnFault } from '../../src/engine/engine.ts';
import { judge } from '../../src/engine/turn-end.ts';
import { refuse } from '../../src/refusal.ts';

const turn = { model: 'claude-sonnet-5', turnTimeMs: 60_000, stallMs: 5_000 } as EngineRun;
const failed = { outcome: 'error', why: 'API Error: 500' } as const;
const none = { end: failed, cause: undefined, refusal: undefined, fault: undefined, silence: undefined };
const fault: TurnFault = { kind: 'provider', refusal: refuse('OUTSIDE_UNREACHABLE', 'api.example answered 500') };
const silence: TurnFault = {
  kind: 'provider',
  refusal: refuse('OUTSIDE_UNREACHABLE', 'api.example sent nothing for 5 s'),
};

test('a turn that fell silent while the provider was asked is the provider’s fault', () => {
  expect(judge(turn, { ...none, cause: 'stalled', silence })).toEqual({
    outcome: 'stalled',
    why: 'nothing happened for 5 s: OUTSIDE_UNREACHABLE: api.example sent nothing for 5 s',
    fault: silence,
  });
});

test('one that fell silent at a tool is not the provider’s fault', () => {
  expect(judge(turn, { ...none, cause: 'stalled' })).toEqual({ outcome: 'stalled', why: 'nothing happened for 5 s' });
});

test('one whose time was over while the provider was asked is not blamed on it', () => {
  const why = 'the turn took longer than 60 s';
  expect(judge(turn, { ...none, cause: 'timed-out', silence })).toEqual({ outcome: 'timed-out', why });
  expect(judge(turn, { ...none, cause: 'timed-out', fault })).toMatchObject({ outcome: 'timed-out', fault });
});

test('one that succeeded or was cancelled has no fault', () => {
  expect(judge(turn, { ...none, end: { outcome: 'done', text: 'Bye.' }, fault })).toEqual({
    outcome: 'done',
    text: 'Bye.',
  });
  expect(judge(turn, { ...none, cause: 'aborted', fault })).toEqual({
    outcome: 'aborted',
    why: 'the turn was cancelled',
  });
});

test('a message for people has no stack and no internal address', () => {
  const why =
    'TypeError: x is no function\n    at run (/opt/claude/cli.js:1:2)\n    at http://localhost:8080/v1/messages';
  expect(judge(turn, { ...none, end: { outcome: 'error', why } }).why).toBe('TypeError: x is no function');
  const named = 'check your inference gateway (localhost:8080)';
  expect(judge(turn, { ...none, end: { outcome: 'error', why: named } }).why).toBe(
    'check your inference gateway (the gateway)',
  );
});

test('a rate that is too high is the turn’s own', () => {
  const refusal = refuse('RATE', '120 model requests within a minute.');
  expect(judge(turn, { ...none, refusal })).toEqual({
    outcome: 'error',
    why: 'RATE: 120 model requests within a minute.',
  });
});
