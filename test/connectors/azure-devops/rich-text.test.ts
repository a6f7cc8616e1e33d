import { expect, test } from 'vitest';
import { nameAttachment, settled } from '../../../src/connectors/azure-devops/rich-text.ts';

const place = { baseUrl: 'https://dev.azure.com', organization: 'acme', project: 'Web Shop' };
const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
const file = `_apis/wit/attachments/${id}`;

test.each([
  `https://dev.azure.com/acme/${file}?fileName=my%20shot.png`,
  `https://dev.azure.com/ACME/web%20shop/${file}?api-version=7.1&fileName=my%20shot.png`,
  `https://dev.azure.com/acme/7a1c2f7e-1111-4222-8333-444455556666/${file}?fileName=my%20shot.png`,
])('%s is a file of ours', (address) => {
  expect(nameAttachment(place, address)).toBe(`attachment:${id}/my-shot.png`);
});

test.each([
  `http://dev.azure.com/acme/${file}`,
  `https://dev.azure.com.evil.example/acme/${file}`,
  `https://user@dev.azure.com/acme/${file}`,
  `https://dev.azure.com/other/${file}`,
  `https://dev.azure.com/acme/OtherProject/${file}`,
  `https://dev.azure.com/acme/../other/${file}`,
  `https://dev.azure.com/acme/_apis/wit/attachments/1`,
  `https://dev.azure.com/acme/x/y/${file}`,
  '/acme/_apis/wit/attachments/1',
  'data:,',
  '',
])('%s is not', (address) => {
  expect(nameAttachment(place, address)).toBeUndefined();
});

test('an address below the path of the server is ours only there', () => {
  const server = { ...place, baseUrl: 'https://tfs.example:8443/tfs/' };
  expect(nameAttachment(server, `https://tfs.example:8443/tfs/acme/${file}`)).toBe(`attachment:${id}/file`);
  expect(nameAttachment(server, `https://tfs.example:8443/acme/${file}`)).toBeUndefined();
});

test.each([
  ['<p>x</p>', ' <p>x </p>\n'],
  ['<div>a  b</div>', '<div>a&nbsp;\nb</div>'],
  ['lock 🔒', 'lock &#128274;'],
])('%j and %j are the same text', (before, after) => {
  expect(settled(after)).toBe(settled(before));
});

test.each([
  ['delete a b', 'delete ab'],
  ['<a href="x">y</a>', '<a href="z">y</a>'],
  ['&#60;b&#62;', '<b>'],
  ['one', 'two'],
])('%j and %j are not', (before, after) => {
  expect(settled(after)).not.toBe(settled(before));
});

test('a long hostile text is handled quickly', () => {
  const started = performance.now();
  for (const piece of ['<', '<a href="', '<a href="">', '&', '<!--', '<script>', ' ', '&#']) {
    settled(piece.repeat(100_000));
  }
  expect(performance.now() - started).toBeLessThan(20_000);
});
