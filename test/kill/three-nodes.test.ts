/** Three nodes with a folder each share one PostgreSQL: what a killed one began, another one goes on with. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { demoFix, demoSource } from '../../emulators/demo-repository/model-script.ts';
import { startEmulators } from '../../emulators/start.ts';
import { systemClock } from '../../src/base/clock.ts';
import { follow } from '../../src/cli/demo/follow.ts';
import { writeDemoWorkspace } from '../../src/cli/demo/workspace.ts';
import { openStore } from '../../src/store/database/database.ts';
import { freePort } from '../free-port.ts';
import { startPostgres } from '../postgres/server.ts';
import { startNode } from './node.ts';
import { outsideOf } from './outside.ts';
import { createPeople, script } from './people.ts';
import { expectWhole, patienceMs } from './roads.ts';
import { settled } from './survive.ts';
import { killedAt } from './trouble.ts';

const agentId = 'codechange/acme';
const heartbeat = '*/5 * * * * *';
const minutesMax = 11;

/** Of about 60 transactions of the way; the plan is there by then. */
const dies = 'supervisor.commit:20';

async function world() {
  const folder = mkdtempSync(join(tmpdir(), 'three-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startPostgres();
  onTestFinished(() => server.close());
  const url = await server.createDatabase('nodes');
  const emulators = await startEmulators({ folder: join(folder, 'code'), source: demoSource, script });
  onTestFinished(() => emulators.close());
  const shared = {
    ANTHROPIC_API_KEY: 'sk-kill-no-key-at-all',
    ANTHROPIC_BASE_URL: emulators.urls.anthropic,
    JVAGENT_ALLOW_LOOPBACK: '1',
    JVAGENT_HOOK_KEY: 'the-long-enough-hook-key-of-three-nodes',
    DATABASE_URL: url,
  };
  async function begin(name: string, crashAt: string[]) {
    const root = join(folder, name);
    writeDemoWorkspace(root, emulators, [{ tenant: 'acme', testCommand: 'node test.js', config: { heartbeat } }]);
    mkdirSync(join(root, agentId, 'memory'), { mode: 0o700 });
    const settings = { ...shared, JVAGENT_HOOK_PORT: String(await freePort()) };
    const node = startNode({ root, settings, crashAt });
    onTestFinished(async () => void (await node.stop()));
    return { root, ...node };
  }
  const store = await openStore({ folder: join(folder, 'watcher'), url, clock: systemClock });
  onTestFinished(() => store.close());
  return { emulators, store, begin };
}

test(
  'a work item that one of three nodes dies upon is deployed by the others, everything once',
  async () => {
    const { emulators, store, begin } = await world();
    const over = new AbortController();
    const trouble = killedAt('');
    const engineer = createPeople({ emulators, store, trouble, signal: over.signal });
    const workItemId = await engineer.file(demoFix().workItem);
    const first = await begin('one', [dies]);
    const { signal } = over;
    const others = async () => {
      await expect.poll(() => first.restarts(), { timeout: patienceMs }).toBe(1);
      const nodes = [await begin('two', []), await begin('three', [])];
      // It was started again at once; now it is gone for good, with all that is on its disk.
      return { nodes, left: await first.stop() };
    };
    const coming = others();
    await follow({ store, agentId, workItemId, clock: systemClock, engineer, onPhase: () => {}, minutesMax, signal });
    const { nodes, left } = await coming;
    const session = await settled(store, workItemId);
    const known = await store.nodes.list();
    over.abort();
    const processes = [...left, ...(await Promise.all(nodes.map((node) => node.stop()))).flat()];
    const runFolders = nodes.map(({ root }) => join(root, '.jvagent', 'run')).filter((path) => existsSync(path));
    const traces = {
      ...(await outsideOf(emulators, workItemId)),
      audit: await store.audit.verify(agentId),
      processes,
      folders: runFolders.flatMap((path) => readdirSync(path)),
    };
    const said = [first, ...nodes].map((node) => node.said()).join('\n');
    const survival = { session, traces, struck: [], passed: first.passed(), restarts: 1, story: said };
    expectWhole(survival, trouble);
    expect(first.passed()).toContain(dies);
    expect(known.filter(({ silentMs }) => silentMs < 60_000)).toHaveLength(nodes.length);
  },
  patienceMs,
);
