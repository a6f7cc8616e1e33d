/** What docs/postgres.md says of addresses of databases, held against the client that reads them. */
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { read } from './manifests.ts';

const rows = [...read('docs/postgres.md').matchAll(/^\| (.*`sslmode=.+) \| (yes|no) \| (yes|no) \| .+ \|$/gm)];

/** How the client would connect: whether in TLS, and whether it then checks the certificate. */
function wayOf(parameters: string): { isEncrypted: boolean; isChecked: boolean } {
  const client = new Client(`postgres://jvagent:secret@db.example.com/jvagent?${parameters}`);
  const ssl: unknown = Reflect.get(client, 'ssl');
  const isEncrypted = ssl !== false;
  const isOpen = typeof ssl === 'object' && ssl !== null && Reflect.get(ssl, 'rejectUnauthorized') === false;
  return { isEncrypted, isChecked: isEncrypted && !isOpen };
}

test('each word for TLS does what the page says', () => {
  const said = rows.flatMap(([, words = '', encrypted, checked]) => {
    const parameters = [...words.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
    return parameters.map((word) => ({ word, isEncrypted: encrypted === 'yes', isChecked: checked === 'yes' }));
  });
  expect(said.map(({ word }) => word)).toContain('sslmode=verify-full');
  expect(said.map(({ word }) => ({ word, ...wayOf(word) }))).toEqual(said);
  expect(wayOf('')).toEqual({ isEncrypted: false, isChecked: false });
});
