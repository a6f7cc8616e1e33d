import { expect, test } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { Attachment } from '../../src/work-items/tracker.ts';
import { readAttachments } from '../../src/worker/attachments.ts';

const file = (name: string, bytes = 10): Attachment => ({ id: name, name, bytes });

async function shown(files: Attachment[], text = (name: string) => `text of ${name}`) {
  const asked: string[] = [];
  const tracker = {
    attachmentText: async ({ id }: Attachment) => {
      asked.push(id);
      return text(id);
    },
  };
  return { shown: await readAttachments(tracker, files), asked };
}

test('text is read, pictures, archives and what is too large are only named', async () => {
  const files = [
    file('trace.LOG'),
    file('screen.png'),
    file('all.zip'),
    file('big.txt', limits.attachmentTextBytesMax + 1),
  ];
  const { shown: result, asked } = await shown(files);
  expect(asked).toEqual(['trace.LOG']);
  expect(result[0]).toEqual({ name: 'trace.LOG', bytes: 10, text: 'text of trace.LOG' });
  expect(result.slice(1).every(({ text }) => text === undefined)).toBe(true);
  expect(result.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
});

test('what only calls itself text, or is larger than it says, is only named', async () => {
  expect((await shown([file('a.txt')], () => 'a\0b')).shown[0]).not.toHaveProperty('text');
  const long = 'x'.repeat(limits.attachmentTextsBytesMax + 1);
  expect((await shown([file('a.txt')], () => long)).shown[0]).not.toHaveProperty('text');
});

test('all texts together have a bound', async () => {
  const bytes = limits.attachmentTextBytesMax;
  const many = Array.from({ length: 6 }, (_, n) => file(`${n}.txt`, bytes));
  const { shown: result } = await shown(many, () => 'x'.repeat(bytes));
  expect(result.filter(({ text }) => text !== undefined)).toHaveLength(limits.attachmentTextsBytesMax / bytes);
});
