/** The three nodes of the compose file as processes of this machine, with a real PostgreSQL: as they are started there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../../src/base/program.ts';
import { programEnvironment } from '../../src/settings.ts';
import { jvagent } from '../cli/fixture.ts';
import { freePort } from '../free-port.ts';
import { startPostgres } from '../postgres/server.ts';
import { type ComposeProgram, compose, project } from './manifests.ts';

interface RunningNode {
  readonly name: string;
  readonly port: number;
  readonly child: ChildProcess;
  readonly exit: Promise<unknown[]>;
  said(): string;
}

const nodes = Object.entries(compose('compose.nodes.yaml').services).filter(([name]) => name.startsWith('node-'));

/** The example's workspace, and a folder with the command as the image has it. */
async function prepared() {
  const folder = mkdtempSync(join(tmpdir(), 'three-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const configuration = join(folder, 'configuration');
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'jvagent'), `#!/bin/sh\nexec "${process.execPath}" "${join(project, 'src/main.ts')}" "$@"\n`);
  chmodSync(join(bin, 'jvagent'), 0o755);
  expect(await jvagent('init', configuration)).toMatchObject({ code: 0 });
  expect(await jvagent('agent', 'add', 'docs', '--template', 'docs', '--root', configuration)).toMatchObject({
    code: 0,
  });
  return { folder, configuration, bin };
}

async function start(
  name: string,
  node: ComposeProgram,
  at: Awaited<ReturnType<typeof prepared>>,
  url: string,
): Promise<RunningNode> {
  const [file = '', flags = '', script = '', ...names] = node.entrypoint ?? [];
  const [port, hookPort] = [await freePort(), await freePort()];
  const root = join(at.folder, name);
  mkdirSync(root, { mode: 0o700 });
  const env = {
    ...programEnvironment(),
    PATH: `${at.bin}:${programEnvironment().PATH}`,
    HOME: root,
    ...node.environment,
    ...{ DATABASE_URL: url, JVAGENT_ROOT: root, JVAGENT_PORT: String(port), JVAGENT_HOOK_PORT: String(hookPort) },
  };
  const text = script.replaceAll('$$', '$').replaceAll('/configuration', at.configuration);
  const child = spawn(file, [flags, text, ...names, 'start'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (part) => {
      said += part;
    });
  const exit = once(child, 'exit');
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exit;
  });
  return { name, port, child, exit, said: () => said };
}

const health = ({ port }: RunningNode) =>
  fetch(`http://127.0.0.1:${port}/healthz`).then(
    ({ status }) => status,
    () => undefined,
  );

interface Listed {
  readonly takesWork: boolean;
  readonly differs: readonly { readonly agentId: string; readonly what: string }[];
}

/** What `status` says of the nodes, without what is different at each start. */
async function listed({ folder, bin }: Awaited<ReturnType<typeof prepared>>, url: string): Promise<Listed[]> {
  const env = { ...programEnvironment(), DATABASE_URL: url, JVAGENT_ROOT: join(folder, 'node-1') };
  const { stdout } = await runProgram({
    file: join(bin, 'jvagent'),
    args: ['status', '--json'],
    env,
    timeoutMs: 60_000,
  });
  const { nodes: all } = JSON.parse(stdout.toString()) as { nodes: Listed[] };
  return all.map(({ takesWork, differs }) => ({ takesWork, differs }));
}

test('three nodes start from one workspace over one database, one may be lost, and each ends when it is told to', async () => {
  const server = await startPostgres();
  onTestFinished(() => server.close());
  const url = await server.createDatabase('jvagent');
  const at = await prepared();
  const running = await Promise.all(nodes.map(([name, node]) => start(name, node, at, url)));
  for (const node of running) await expect.poll(() => health(node), { message: node.said() }).toBe(200);
  // Asked on one node, as `exec` does in its container.
  await expect.poll(() => listed(at, url)).toEqual(nodes.map(() => ({ takesWork: true, differs: [] })));
  rmSync(join(at.folder, 'node-3/docs/CLAUDE.md'));
  const differs = [{ agentId: 'docs', what: expect.stringMatching(/files|missing/) }];
  await expect
    .poll(async () => (await listed(at, url)).filter((node) => node.differs.length > 0))
    .toEqual([{ takesWork: true, differs }]);
  const [lost, ...others] = running;
  lost?.child.kill('SIGKILL');
  await lost?.exit;
  for (const node of others) expect(await health(node)).toBe(200);
  for (const { child } of others) child.kill('SIGTERM');
  expect((await Promise.all(others.map(({ exit }) => exit))).map(([code]) => code)).toEqual([0, 0]);
});
