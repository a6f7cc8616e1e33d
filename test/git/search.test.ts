import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFixture, type Fixture } from './fixture.ts';

let fixture: Fixture;
let holds: (...texts: string[]) => Promise<boolean>;

beforeAll(async () => {
  fixture = await createFixture({
    'src/config.js': 'export const url = "https://acme.example.com";\nexport const key = "a.*b";\n',
    'customers/acmecorp.js': 'x\n',
    'binary.bin': Buffer.from([0, 1, 2, ...Buffer.from('in-a-binary'), 0]),
    '.gitattributes': '*.js -text filter=x diff=x\n*.bin binary -diff\n',
  });
  holds = (...texts) => fixture.repository.holdsText(fixture.base, texts);
});
afterAll(() => fixture.close());

test('a text in a file is found, one of several too', async () => {
  expect(await holds('acme.example.com')).toBe(true);
  expect(await holds('nowhere', 'acme.example.com')).toBe(true);
});

test('a text in a path is found, and one in a binary file', async () => {
  expect(await holds('acmecorp')).toBe(true);
  expect(await holds('in-a-binary')).toBe(true);
});

test('texts are taken literally, each as a whole', async () => {
  expect(await holds('a.*b')).toBe(true);
  expect(await holds('acme.*com')).toBe(false);
  expect(await holds('acme_example_com')).toBe(false);
  expect(await holds('ACME.example.com')).toBe(false);
  expect(await holds('--help')).toBe(false);
});

test('empty text and text of several lines are not searched for', async () => {
  expect(await holds()).toBe(false);
  expect(await holds('', 'nowhere\nacme.example.com')).toBe(false);
});
