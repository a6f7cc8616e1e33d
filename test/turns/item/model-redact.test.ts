import { expect, test } from 'vitest';
import { createHiddenAt, createModelRedact } from '../../../src/turns/item/model-redact.ts';

const secrets = [
  { name: 'CRM_TOKEN', value: 'token-of-the-crm' },
  { name: 'DB_PASSWORD', value: 'password-of-the-db' },
  { name: 'MAIL_KEY', value: 'key-of-the-mail-server' },
];
const text = secrets.map(({ value }) => value).join(' ');
const base64 = Buffer.from('key-of-the-mail-server').toString('base64');

/** What stands in the files of each base; `asked` counts the looks. */
function hiddenAt(files: Record<string, string>) {
  const asked: string[] = [];
  const look = createHiddenAt(secrets, async (base, texts) => {
    asked.push(base);
    return texts.some((one) => files[base]?.includes(one));
  });
  return { look, asked };
}

test('until the base is known every secret is hidden from the model', () => {
  const { redact } = createModelRedact(secrets, hiddenAt({}).look);
  expect(redact(text)).toBe('[jvagent-redacted:CRM_TOKEN] [jvagent-redacted:DB_PASSWORD] [jvagent-redacted:MAIL_KEY]');
});

test('text in the files of the base is left, plain and as base64, and nothing else', async () => {
  const { look } = hiddenAt({ b1: `url = token-of-the-crm\nkey: ${base64}` });
  const { redact, standOn } = createModelRedact(secrets, look);
  await standOn('b1');
  expect(redact(text)).toBe('token-of-the-crm [jvagent-redacted:DB_PASSWORD] key-of-the-mail-server');
  expect(redact(base64)).toBe(base64);
});

test('on another base it is hidden again', async () => {
  const { look } = hiddenAt({ b1: 'token-of-the-crm', b2: '' });
  const { redact, standOn } = createModelRedact(secrets, look);
  await standOn('b1');
  expect(redact('token-of-the-crm')).toBe('token-of-the-crm');
  await standOn('b2');
  expect(redact('token-of-the-crm')).toBe('[jvagent-redacted:CRM_TOKEN]');
});

test('one look is enough if there is none, and each base is searched once', async () => {
  const { look, asked } = hiddenAt({ b1: 'nothing', b2: 'token-of-the-crm' });
  await look('b1');
  await look('b1');
  expect(asked).toEqual(['b1']);
  await look('b2');
  await look('b2');
  expect(asked.filter((base) => base === 'b2')).toHaveLength(1 + secrets.length);
});
