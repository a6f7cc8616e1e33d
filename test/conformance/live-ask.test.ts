import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { askLine } from '../live/ask-line.ts';

function terminal() {
  const [input, output, stop] = [new PassThrough(), new PassThrough(), new AbortController()];
  return { input, output, stop, asked: askLine('Type AcmeLive: ', { input, output, stop: stop.signal }) };
}

test('the line that a person types is the answer to the question that they see', async () => {
  const { input, output, asked } = terminal();
  input.write('AcmeLive\n');
  expect(await asked).toBe('AcmeLive');
  output.end();
  expect(await text(output)).toBe('Type AcmeLive: ');
});

test('an input that ends without a line is no answer', async () => {
  const { input, asked } = terminal();
  input.end();
  expect(await asked).toBeUndefined();
});

test('Ctrl-C in place of an answer stops it, before anything was changed', async () => {
  const { stop, asked } = terminal();
  stop.abort();
  await expect(asked).rejects.toThrow('Stopped. Nothing was changed.');
});
