import { expect, test } from 'vitest';
import { refusedResume } from '../../../src/turns/talk/resume.ts';

test("the engine's own refusal is recognized by its words, only before it began", () => {
  const ended = { kind: 'ended', outcome: 'error', usd: 0, tokens: { input: 0, cached: 0, output: 0 } } as const;
  const why = 'Claude Code returned an error result: No conversation found with session ID: x';
  const conversation = { engineSessionId: 'x', rows: [] };
  expect(refusedResume({ ended: { ...ended, why }, conversation: undefined })).toBe('the engine does not accept it');
  expect(refusedResume({ ended: { ...ended, why }, conversation })).toBeUndefined();
  expect(refusedResume({ ended: { ...ended, why: 'ENOMEM' }, conversation: undefined })).toBeUndefined();
});
