/** The tokens of an answer as it passes, and whether it came to its end. */
import { expect, test } from 'vitest';
import { createUsageMeter } from '../../../src/engine/gateway/usage-meter.ts';

const event = (value: object) => `event: x\ndata: ${JSON.stringify(value)}\n\n`;
const start = event({ type: 'message_start', message: { usage: { input_tokens: 1_000, output_tokens: 1 } } });
const delta = event({ type: 'content_block_delta', delta: { type: 'text_delta', text: '漢'.repeat(1_000) } });
const end = event({ type: 'message_delta', usage: { output_tokens: 70 } });
const stop = event({ type: 'message_stop' });

function meterOf(text: string, contentType = 'text/event-stream') {
  const meter = createUsageMeter(contentType);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 7) meter.write(bytes.subarray(at, at + 7));
  return { usage: meter.read(), end: meter.end() };
}

test('a whole stream has the last count', () => {
  expect(meterOf(start + delta + end + stop)).toMatchObject({
    usage: { input_tokens: 1_000, output_tokens: 70 },
    end: 'whole',
  });
});

test('a cut stream has its input, and an estimate of its output', () => {
  const { usage, end: how } = meterOf(start + delta);
  expect(how).toBe('cut');
  expect(usage).toMatchObject({ input_tokens: 1_000 });
  expect(usage?.output_tokens).toBeGreaterThanOrEqual(750);
});

test('one that never began has no count', () => {
  expect(meterOf('')).toEqual({ usage: undefined, end: 'cut' });
});

test("a provider's error in the middle ends the stream", () => {
  const error = { type: 'overloaded_error', message: 'Overloaded' };
  expect(meterOf(start + event({ type: 'error', error })).end).toEqual(error);
});

test('what the provider did besides is counted with it', () => {
  const usage = {
    input_tokens: 10,
    output_tokens: 5,
    iterations: [
      { type: 'compaction', input_tokens: 5_000, output_tokens: 300 },
      { type: 'message', input_tokens: 10, output_tokens: 5, cache_creation: { ephemeral_1h_input_tokens: 3 } },
    ],
  };
  const whole = JSON.stringify({ type: 'message', usage });
  expect(meterOf(whole, 'application/json')).toMatchObject({
    usage: { input_tokens: 5_010, output_tokens: 305, ephemeral_1h_input_tokens: 3 },
    end: 'whole',
  });
});
