/** What Node itself lets a worker's process read and write, by the flags that workers are started with. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import { opaqueId } from '../../../src/base/opaque-id.ts';
import { runProgram } from '../../../src/base/program.ts';
import { treeFolderOf } from '../../../src/checkout/tree-folder.ts';
import { permissionFlags } from '../../../src/supervisor/workers/permissions.ts';

const project = join(import.meta.dirname, '../../..');

/** Tries each requested thing, and reports the result. */
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

/** A folder that is gone after the test, by its real path. */
function ownFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'permissions-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a worker reads and writes its own agent's files, and nothing of another agent, of the platform or of the machine", async () => {
  const folder = ownFolder();
  const [root, shown] = [join(folder, 'my, own workspäce'), join(folder, 'documents')];
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

/** Runs `script` as a worker of a workspace that is reached by a link; its argument is the project's `src`. */
async function asWorker(folder: string, script: string, shown: readonly string[], input: unknown) {
  mkdirSync(join(folder, 'real/.jvagent/run'), { recursive: true });
  symlinkSync('real', join(folder, 'workspace'));
  const root = join(folder, 'workspace');
  const stateFolder = join(root, '.jvagent');
  const runFolder = join(stateFolder, 'run');
  const agentId = 'codechange/acme' as AgentId;
  const flags = permissionFlags({ root, agentId, stateFolder, runFolder, shown, compileCache: undefined });
  const { stdout, stderr } = await runProgram({
    file: process.execPath,
    args: [...flags, '--input-type=module', '--eval', script, join(project, 'src')],
    env: { HOME: runFolder },
    input: JSON.stringify({ runFolder, ...Object(input) }),
    timeoutMs: 60_000,
  });
  return { ...JSON.parse(stdout.toString() || '{}'), stderr };
}

const inSandbox = `
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
const load = (name) => import(pathToFileURL(join(process.argv[1], name)).href);
const given = JSON.parse(readFileSync(0, 'utf8'));
const { createSandbox } = await load('sandbox/sandbox.ts');
const sandbox = createSandbox({ sandboxUid: 20001, processesMax: 64, memoryMb: 200 });
`;

/** What the first process of a sandbox was started with, and a file that it is shown. */
const sandboxed = `${inSandbox}
const { runSandboxed } = await load('sandbox/run-sandboxed.ts');
const source = join(given.runFolder, 'note');
writeFileSync(source, 'shown', { mode: 0o644 });
const args = ['-c', 'env; cat /proc/1/environ /note'];
const spec = { program: '/bin/bash', args, env: {}, cwd: '/', mounts: [{ source, target: '/note' }] };
const { code, output } = await runSandboxed(sandbox, spec, { timeoutMs: 30000, outputBytesMax: 10000 });
console.log(JSON.stringify({ code, output }));
process.exit(0);
`;

test("a program in the sandbox is shown what the worker may read, and is not told the worker's permissions", async () => {
  const told = await asWorker(ownFolder(), sandboxed, [], {});
  expect(told).toMatchObject({ code: 0, output: expect.stringMatching(/shown$/), stderr: '' });
  expect(told.output).not.toContain('permission');
});

/** What an agent is shown after its links were turned round. */
const folders = `${inSandbox}
const { createFolders } = await load('connections/folders.ts');
const agent = { id: 'codechange/acme', config: { workDirs: given.workDirs, sandbox: { readOnly: [] } } };
const { shown, warnings } = await createFolders({ ...given, agent, sandbox }).engine();
console.log(JSON.stringify({ shown: shown.map(({ mount }) => mount.source), warnings }));
process.exit(0);
`;

test('a folder of workDirs that now leads elsewhere is not read any further', async () => {
  const folder = ownFolder();
  const at = (name: string) => join(folder, name);
  for (const name of ['docs', 'home', 'later']) mkdirSync(at(name));
  symlinkSync('.', at('by'));
  // Node was told of these as what they were before.
  symlinkSync('home', at('to-home'));
  symlinkSync('later', at('to-later'));
  const workDirs = [at('by/docs'), at('to-home'), at('to-later'), at('unnamed')];
  const surroundings = { root: at('real'), home: at('home'), agentFolders: [] };
  const shown = [...workDirs.slice(0, 3), at('docs')];
  const told = await asWorker(folder, folders, shown, { workDirs, home: at('home'), surroundings });
  const changed = expect.stringContaining("has been replaced since the agent's worker started");
  expect(told).toEqual({
    shown: [at('docs')],
    warnings: [expect.stringContaining('it contains the home folder'), changed, changed],
    stderr: '',
  });
});
