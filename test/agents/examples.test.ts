import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { checkAgents } from '../../src/agents/check.ts';

/** A copy as `git clone` leaves it with the usual umask. */
function copyOf(folder: string): string {
  const root = mkdtempSync(join(tmpdir(), 'examples-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync(new URL(`../../${folder}/`, import.meta.url), root, { recursive: true });
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const path = join(root, name);
    chmodSync(path, statSync(path).isDirectory() ? 0o755 : 0o644);
  }
  return root;
}

test('every example agent is sound, but for the tokens that are to be filled in', () => {
  const root = copyOf('examples');
  for (const id of ['codechange/acme', 'codechange/globex', 'impl/acme']) {
    cpSync(join(root, id, 'secrets.env.example'), join(root, id, 'secrets.env'));
    chmodSync(join(root, id, 'secrets.env'), 0o600);
  }
  expect(checkAgents(root).filter(({ isUnfilled }) => !isUnfilled)).toEqual([]);
  expect(
    createAgentStore({ root })
      .list()
      .map(({ id }) => id),
  ).toEqual(['codechange', 'codechange/acme', 'codechange/globex', 'docs', 'impl', 'impl/acme']);
});

test.each(['agent', 'docs', 'impl'])('the template %s is a sound agent under its own id', (template) => {
  const root = copyOf('templates');
  const { id } = JSON.parse(readFileSync(join(root, template, 'jvAgent.json'), 'utf8')) as { id: string };
  const other = mkdtempSync(join(root, 'ws-'));
  cpSync(join(root, template), join(other, id), { recursive: true });
  expect(checkAgents(other).filter(({ isUnfilled }) => !isUnfilled)).toEqual([]);
  expect(existsSync(join(other, id, 'secrets.env'))).toBe(false);
});
