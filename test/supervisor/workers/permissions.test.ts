/** What Node itself lets a worker's process read and write, by the flags that workers are started with. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import { opaqueId } from '../../../src/base/opaque-id.ts';
import { runProgram } from '../../../src/base/program.ts';
import { treeFolderOf } from '../../../src/checkout/tree-folder.ts';
import { permissionFlags } from '../../../src/supervisor/workers/permissions.ts';

const project = join(import.meta.dirname, '../../..');

/** Tries each thing that is asked for, and says what came of it. */
const probe = `
import fs from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
const { files, code, agent } = JSON.parse(fs.readFileSync(0, 'utf8'));
const { loadAgent } = await import(pathToFileURL(code).href);
const tried = (act) => { try { act(); return 'ok'; } catch (error) { return error.code; } };
const told = Object.fromEntries(files.map((file) => [file, [
  tried(() => fs.readFileSync(file)),
  tried(() => { fs.mkdirSync(dirname(file), { recursive: true }); fs.writeFileSync(file, 'mine'); }),
]]));
const loaded = loadAgent(agent);
const { Worker } = await import('node:worker_threads');
const threads = tried(() => new Worker('', { eval: true }));
const { createServer, connect } = await import('node:net');
const network = await new Promise((resolve) => {
  const server = createServer((socket) => socket.end()).on('error', ({ code }) => resolve(code));
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    connect(port, '127.0.0.1', () => resolve('ok')).on('error', ({ code }) => resolve(code));
    server.unref();
  });
});
console.log(JSON.stringify({ told, loaded: loaded.faults?.map(({ message }) => message) ?? 'ok', threads, network }));
`;

test("a worker reads and writes its own agent's files, and nothing of another agent, of the platform or of the machine", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'permissions-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [root, shown] = [join(folder, 'workspace'), join(folder, 'documents')];
  const stateFolder = join(root, '.jvagent');
  const runFolder = join(stateFolder, 'run/w1');
  const [codechange, acme, globex] = ['codechange', 'codechange/acme', 'codechange/globex'] as AgentId[];
  if (!codechange || !acme || !globex) throw new Error('three agents');
  const inWorkspace = (path: string) => join(root, path);
  const inState = (path: string) => join(stateFolder, path);
  const readable = [
    ...['codechange/jvAgent.json', 'codechange/CLAUDE.md', 'codechange/prompts/planning.md', 'tools/all.js'],
    ...['jvAgent.json', 'CLAUDE.md', 'secrets.env', 'prompts/repair.md', 'tools/own.js'].map(
      (name) => `${acme}/${name}`,
    ),
  ].map(inWorkspace);
  const written = [
    join(runFolder, 'file'),
    inState(`repos/${opaqueId(acme)}/repository.git/HEAD`),
    join(treeFolderOf(stateFolder, acme, 'wi-1'), 'files/a'),
    inState(`cache/${opaqueId(acme)}/one`),
  ];
  const closed = [
    ...['.env', 'slack/app.env', 'codechange/secrets.env', `${globex}/secrets.env`, `${globex}/jvAgent.json`].map(
      inWorkspace,
    ),
    ...[`${acme}/child/secrets.env`].map(inWorkspace),
    ...['state/state.db', 'run/w2/file', `repos/${opaqueId(globex)}/repository.git/HEAD`].map(inState),
    join(treeFolderOf(stateFolder, globex, 'wi-1'), 'files/a'),
    join(folder, 'home.txt'),
    '/etc/passwd',
  ];
  for (const file of [...readable, ...closed.slice(0, -1), join(shown, 'a.md')]) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const id = dirname(file).slice(root.length + 1);
    const content = file.endsWith('jvAgent.json') ? JSON.stringify({ id }) : '';
    writeFileSync(file, content, { mode: 0o600 });
  }
  mkdirSync(runFolder, { recursive: true });
  const places = { root, agentId: acme, stateFolder, runFolder, shown: [shown], compileCache: undefined };
  const asked = {
    files: [...readable, ...written, ...closed, join(shown, 'a.md')],
    code: join(project, 'src/agents/load-agent.ts'),
    agent: { root, home: folder, id: acme, agentFolders: [] },
  };
  const { code, stdout, stderr } = await runProgram({
    file: process.execPath,
    args: [...permissionFlags(places), '--input-type=module', '--eval', probe],
    env: { HOME: runFolder },
    input: JSON.stringify(asked),
    timeoutMs: 60_000,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const denied = 'ERR_ACCESS_DENIED';
  const each = (files: readonly string[], told: string[]) => files.map((file) => [file, told]);
  expect(JSON.parse(stdout.toString())).toEqual({
    told: Object.fromEntries([
      ...each([...readable, join(shown, 'a.md')], ['ok', denied]),
      ...each(written, ['ENOENT', 'ok']),
      ...each(closed, [denied, denied]),
    ]),
    loaded: 'ok',
    threads: denied,
    network: 'ok',
  });
});

/** What the first process of a sandbox was started with. */
const sandboxed = `
import { pathToFileURL } from 'node:url';
const at = (name) => pathToFileURL(process.argv[1] + '/' + name).href;
const { createSandbox } = await import(at('sandbox.ts'));
const { runSandboxed } = await import(at('run-sandboxed.ts'));
const sandbox = createSandbox({ sandboxUid: 20001, processesMax: 64, memoryMb: 200 });
const spec = { program: '/bin/bash', args: ['-c', 'env; cat /proc/1/environ'], env: {}, cwd: '/', mounts: [] };
const { code, output } = await runSandboxed(sandbox, spec, { timeoutMs: 30000, outputBytesMax: 10000 });
console.log(JSON.stringify({ code, output }));
process.exit(0);
`;

test("a program in the sandbox is not told the worker's permissions, which name folders outside", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'permissions-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const agentId = 'codechange/acme' as AgentId;
  const places = { root: folder, agentId, stateFolder: folder, runFolder: folder, shown: [], compileCache: undefined };
  const args = [...permissionFlags(places), '--input-type=module', '--eval', sandboxed, join(project, 'src/sandbox')];
  const { stdout, stderr } = await runProgram({ file: process.execPath, args, env: {}, timeoutMs: 60_000 });
  expect({ ...JSON.parse(stdout.toString() || '{}'), stderr }).toMatchObject({
    code: 0,
    output: expect.not.stringContaining('permission'),
    stderr: '',
  });
});
