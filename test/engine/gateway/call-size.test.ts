/** What is set aside for a request covers what it can cost, and pictures are no text. */
import { expect, test } from 'vitest';
import { inputTokensMaxOf } from '../../../src/engine/gateway/call-size.ts';
import { checkModelRequest } from '../../../src/engine/gateway/model-request.ts';
import { isRefusal } from '../../../src/refusal.ts';
import { modelOf } from '../try-turn.ts';

const rules = { models: [modelOf('sonnet')], outputTokensMax: 1_000 };

function tokensOfJson(text: string): number {
  const checked = checkModelRequest(text, '', rules);
  return isRefusal(checked) ? expect.fail(checked.why) : inputTokensMaxOf(checked.request);
}
const tokensOf = (content: unknown) =>
  tokensOfJson(JSON.stringify({ model: rules.models[0]?.id, max_tokens: 1, messages: [{ role: 'user', content }] }));

const base64 = (mediaType: string, data: string | Buffer) => ({
  type: 'base64',
  media_type: mediaType,
  data: Buffer.from(data).toString('base64'),
});
const picture = { type: 'image', source: base64('image/png', Buffer.alloc(3 << 20, 7)) };
const pdf = (body: string) => ({ type: 'document', source: base64('application/pdf', `%PDF-1.7\n${body}`) });

test('text is counted by its bytes, and a character of Chinese, Japanese or Korean as more than a token', () => {
  expect(tokensOf('x'.repeat(30_000))).toBeGreaterThanOrEqual(10_000);
  expect(tokensOf('x'.repeat(30_000))).toBeLessThan(10_200);
  for (const character of ['漢', 'あ', '한', '😀']) {
    expect(tokensOf(character.repeat(10_000))).toBeGreaterThanOrEqual(15_000);
  }
});

test('escaped text counts as the text it stands for', () => {
  const plain = JSON.stringify({
    model: rules.models[0]?.id,
    messages: [{ role: 'user', content: '漢'.repeat(1_000) }],
  });
  const escaped = plain.replaceAll('漢', '\\u6f22');
  expect(JSON.parse(escaped)).toEqual(JSON.parse(plain));
  expect(tokensOfJson(escaped)).toBe(tokensOfJson(plain));
});

test('a picture counts as one, however large its file is, also inside the result of a tool', () => {
  expect(tokensOf([picture])).toBeGreaterThanOrEqual(4_784);
  expect(tokensOf([picture])).toBeLessThan(5_200);
  const twice = [{ type: 'tool_result', tool_use_id: 'a', content: [picture, picture] }];
  expect(tokensOf(twice)).toBeLessThan(10_300);
  const shown = [{ type: 'document', source: { type: 'content', content: [picture] } }];
  expect(tokensOf(shown)).toBeLessThan(5_300);
});

test('a document counts by its pages, and by its size where it hides them', () => {
  const pages = '<< /Type /Pages /Kids [] >>\n'.concat(
    '<< /Type /Page /Parent 1 0 R >>\n'.repeat(3),
    'x'.repeat(200_000),
  );
  expect(tokensOf([pdf(pages)])).toBeGreaterThanOrEqual(3 * 6_000);
  expect(tokensOf([pdf(pages)])).toBeLessThan(3 * 8_100);
  expect(tokensOf([pdf('x'.repeat(30_000))])).toBeGreaterThanOrEqual(10 * 8_000);
});

test('what only looks like a picture is text', () => {
  const input = { source: { type: 'base64', data: 'x'.repeat(30_000) }, type: 'image' };
  expect(tokensOf([{ type: 'tool_use', id: 'a', name: 'b', input }])).toBeGreaterThanOrEqual(10_000);
});

test('no request counts for more than a model takes', () => {
  expect(tokensOf('漢'.repeat(3_000_000))).toBe(1_000_000);
});
