import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { OutsideError } from '../../../../src/base/errors.ts';
import { limits } from '../../../../src/limits.ts';
import { layOutPictures, picturesMount, readAttachments } from '../../../../src/turns/item/prompt/attachments.ts';
import type { PastedFile } from '../../../../src/work-items/pasted-file.ts';
import type { Attachment } from '../../../../src/work-items/tracker.ts';

const file = (name: string, bytes = 10): Attachment => ({ id: name, name, bytes });
const png = Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1');

async function shown(
  files: Attachment[],
  content = (name: string) => Buffer.from(`text of ${name}`),
  pasted: PastedFile[] = [],
) {
  const asked: string[] = [];
  const tracker = {
    attachment: async ({ id }: Pick<Attachment, 'id'>) => {
      asked.push(id);
      return content(id);
    },
  };
  return { shown: await readAttachments(tracker, files, pasted), asked };
}

test('text is read, archives and what is too large are only named', async () => {
  const files = [
    file('trace.LOG'),
    file('huge.png', limits.attachmentPictureBytesMax + 1),
    file('all.zip'),
    file('big.txt', limits.attachmentTextBytesMax + 1),
  ];
  const { shown: result, asked } = await shown(files);
  expect(asked).toEqual(['trace.LOG']);
  expect(result[0]).toEqual({ id: 'trace.LOG', name: 'trace.LOG', bytes: 10, text: 'text of trace.LOG' });
  expect(result.slice(1).every(({ text, picture }) => text === undefined && picture === undefined)).toBe(true);
  expect(result.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
});

test('what only calls itself text or a picture, or is larger than it says, is only named', async () => {
  expect((await shown([file('a.txt')], () => Buffer.from('a\0b'))).shown[0]).not.toHaveProperty('text');
  expect((await shown([file('a.txt')], () => Buffer.from([0xff, 0xfe]))).shown[0]).not.toHaveProperty('text');
  const long = Buffer.alloc(limits.attachmentTextsBytesMax + 1, 'x');
  expect((await shown([file('a.txt')], () => long)).shown[0]).not.toHaveProperty('text');
  expect((await shown([file('a.png')])).shown[0]).not.toHaveProperty('picture');
  const large = Buffer.concat([png, Buffer.alloc(limits.attachmentPictureBytesMax)]);
  expect((await shown([file('a.png')], () => large)).shown[0]).not.toHaveProperty('picture');
});

test('texts have a total limit, and pictures a maximum number', async () => {
  const bytes = limits.attachmentTextBytesMax;
  const many = Array.from({ length: 6 }, (_, n) => file(`${n}.txt`, bytes));
  const { shown: result } = await shown(many, () => Buffer.alloc(bytes, 'x'));
  expect(result.filter(({ text }) => text !== undefined)).toHaveLength(limits.attachmentTextsBytesMax / bytes);
  const pictures = Array.from({ length: limits.attachmentPicturesMax + 2 }, (_, n) => file(`${n}.png`));
  const { shown: seen } = await shown(pictures, () => png);
  expect(seen.filter(({ picture }) => picture)).toHaveLength(limits.attachmentPicturesMax);
});

test('pictures get our own file names, with the extension of their real type', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { shown: result } = await shown([file('../../x.jpg'), file('b.txt')], () => png);
  expect(result[0]?.picture?.path).toBe('/attachments/1.png');
  expect(picturesMount(folder)).toEqual({ source: join(folder, 'attachments'), target: '/attachments' });
  layOutPictures(folder, result);
  expect(readFileSync(join(folder, 'attachments', '1.png'))).toEqual(png);
});

test('pasted pictures are read first, each file once, and nothing that is no picture by its name', async () => {
  const pasted = ['a.png', 'b.zip', 'a.png'].map((name) => ({ id: name, name }));
  const { shown: result, asked } = await shown([file('a.png'), file('c.png')], () => png, pasted.slice(0, 2));
  expect(asked).toEqual(['a.png', 'c.png']);
  expect(result.map(({ name, picture }) => [name, picture?.path])).toEqual([
    ['a.png', '/attachments/1.png'],
    ['b.zip', undefined],
    ['c.png', '/attachments/2.png'],
  ]);
});

test('a pasted picture that is gone, or not ours to read, is only named; an outage is thrown', async () => {
  const failing = (kind: OutsideError['facts']['kind']) => () => {
    throw new OutsideError(kind, { system: 'test', request: 'GET /', kind });
  };
  const pasted = [{ id: '1', name: 'a.png' }];
  for (const kind of ['missing', 'refused', 'auth', 'failed'] as const) {
    expect((await shown([], failing(kind), pasted)).shown).toEqual(pasted);
  }
  await expect(shown([], failing('unreachable'), pasted)).rejects.toThrow('unreachable');
});
