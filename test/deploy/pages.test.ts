/** What the pages on many nodes say in names and numbers, held against the product and the client of the database. */
import { Client } from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { limits } from '../../src/limits.ts';
import { enginesMaxOf } from '../../src/supervisor/workers/engines-max.ts';
import { nodeText } from '../../src/views/nodes-view.ts';
import { read } from './manifests.ts';

/** What a page says, wherever its lines end. */
const saidIn = (path: string) => read(path).replace(/\s+/g, ' ');

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
  // The client warns of words that it will read otherwise one day; the page says so too.
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => warning.mockRestore());
  const said = rows.flatMap(([, words = '', encrypted, checked]) => {
    const parameters = [...words.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
    return parameters.map((word) => ({ word, isEncrypted: encrypted === 'yes', isChecked: checked === 'yes' }));
  });
  expect(said.map(({ word }) => word)).toContain('sslmode=verify-full');
  expect(said.map(({ word }) => ({ word, ...wayOf(word) }))).toEqual(said);
  expect(wayOf('')).toEqual({ isEncrypted: false, isChecked: false });
});

test('the connections that the page counts are those that a node opens', () => {
  const page = saidIn('docs/postgres.md');
  const all = limits.databaseConnectionsMax + 1;
  expect(page).toContain(`at most ${limits.databaseConnectionsMax} connections, and one more that listens`);
  expect(page).toContain(`connections = nodes x ${all} + commands at the same time`);
  expect(page).toContain(`Three nodes need ${3 * all}.`);
  expect(saidIn('docs/scale.md')).toContain(`3 x ${all} = ${3 * all} connections`);
});

test('the page tells how an engine would take each call of the port, and no other', () => {
  const [, port = ''] = /^export interface Claims.*?\{\n(.*?)^\}/ms.exec(read('src/store/claims/port.ts')) ?? [];
  const calls = [...port.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name);
  const rows = [...read('docs/scale.md').matchAll(/^\| `(\w+)\(.*?\)` \|/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(calls.sort());
});

test('what stays on a node is what is too large for the database', () => {
  expect(saidIn('docs/nodes.md')).toContain(`change of more than ${limits.bundleBytesMax / 2 ** 20} MiB`);
});

test('the turns that a memory holds are reckoned on the page as the node reckons them', () => {
  const rows = [...read('docs/scale.md').matchAll(/^ {4}of (\d+) GB with (\d+) workers: .+ = (\d+)$/gm)];
  expect(rows).toHaveLength(2);
  for (const [, gb, workers, turns] of rows) {
    const settings = { enginesMax: undefined, workersMax: Number(workers) };
    expect(enginesMaxOf(settings, Number(gb) * 1_024)).toBe(Number(turns));
  }
});

test('the list of nodes on the page is what `status` prints', () => {
  const working = { version: '0.1.0', takesWork: true, silentMs: 1_000 };
  const told = [
    nodeText({ ...working, name: 'node-1' }),
    nodeText({ ...working, name: 'node-2', differs: [{ agentId: 'codechange/acme', what: 'files' }] }),
    nodeText({ ...working, name: 'node-3', differs: [{ agentId: 'codechange/acme', what: 'secrets' }] }),
  ];
  expect(read('docs/nodes.md')).toContain(`\n${told.map((line) => `  ${line}`).join('\n')}\n`);
});
