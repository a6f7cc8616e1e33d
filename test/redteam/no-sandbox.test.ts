/** A machine without a sandbox that holds: no turn begins, and every place that a person looks at says what to do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../../src/base/program.ts';
import { ownEnvironment } from '../../src/settings.ts';
import type { Finding } from '../../src/status/finding.ts';
import type { Standing } from '../../src/status/item-standing.ts';
import type { PlatformStatus } from '../../src/views/platform-view.ts';
import { startEmulated } from '../cli/emulated.ts';
import { fix } from '../stories/world.ts';

const bubblewrap = '/usr/bin/bwrap';
const main = new URL('../../src/main.ts', import.meta.url).pathname;
const acme = 'codechange/acme';
const waitMs = 240_000;

/** A script whose interpreter is nowhere starts as a program that is nowhere does: ENOENT. */
const missing = '#!/nowhere/bwrap\n';
const closed = `#!/bin/sh
echo 'bwrap: No permissions to create a new namespace, likely because the kernel does not allow it' >&2
exit 1
`;

/** A world in which all that we start finds something else where bubblewrap is; what it finds may change meanwhile. */
async function worldWith(standIn: string) {
  const world = await startEmulated();
  const folder = mkdtempSync(join(tmpdir(), 'no-sandbox-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  copyFileSync(bubblewrap, join(folder, 'real'));
  const file = join(folder, 'bwrap');
  const replace = (script: string) => writeFileSync(file, script.replaceAll('REAL', join(folder, 'real')));
  replace(standIn);
  chmodSync(file, 0o755);
  const args = (...line: string[]) => {
    const bound = ['--dev-bind', '/', '/', '--ro-bind', file, bubblewrap, '--die-with-parent', '--'];
    return [...bound, process.execPath, main, '--root', world.root, ...line];
  };
  const env = { ...ownEnvironment(), HOME: world.root };
  const jvagent = async (...line: string[]) => {
    const { code, stdout, stderr } = await runProgram({
      file: bubblewrap,
      args: args(...line),
      env,
      timeoutMs: waitMs,
    });
    return { code, out: stdout.toString('utf8'), err: stderr };
  };
  const asked = async <T>(...line: string[]): Promise<T> => JSON.parse((await jvagent(...line, '--json')).out);
  const start = () =>
    spawn(bubblewrap, args('start', '--port', '0'), { env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const modelRequests = () => world.emulators.faults.requests().filter(({ target }) => target === 'anthropic').length;
  return { ...world, replace, jvagent, asked, start, modelRequests };
}

test.each([
  ['is not there', missing, 'apt-get install bubblewrap'],
  ['may make no namespace', closed, 'Kubernetes: hostUsers: false'],
])(
  'where bubblewrap %s no agent starts, and start, doctor, status and explain say what to do',
  async (_, standIn, remedy) => {
    const { engineer, jvagent, asked, modelRequests } = await worldWith(standIn);
    const id = await engineer.file(fix.workItem);
    const code = 'SANDBOX_UNAVAILABLE';
    const said = expect.stringContaining(remedy);
    const refused = await jvagent('start');
    expect(refused).toMatchObject({ code: 1, err: said });
    expect(refused.err).toContain(`${code}: `);
    const [findings, status, shown, explanation] = await Promise.all([
      asked<Finding[]>('doctor', acme, '--no-model'),
      asked<PlatformStatus>('status'),
      jvagent('status'),
      asked<Standing>('explain', acme, String(id)),
    ]);
    const finding = findings.find((each) => each.id === 'sandbox');
    expect(finding).toMatchObject({ status: 'fail', code, fix: said });
    expect(status.nodes).toEqual([]);
    for (const agent of status.agents) expect(agent).toMatchObject({ state: 'disabled', code });
    expect(shown.out).toContain(remedy);
    expect(explanation).toMatchObject({ code, fix: said });
    expect(modelRequests()).toBe(0);
  },
);

async function stopped(child: ChildProcess): Promise<void> {
  const ended = once(child, 'close');
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  await ended;
}

test('if the sandbox is lost while the platform is up, the work item waits with the reason and uses no attempt', async () => {
  const { root, engineer, replace, asked, start, modelRequests } = await worldWith('#!/bin/sh\nexec REAL "$@"\n');
  // Between its looks the work item waits; with a look every other second a slow machine would show only turns.
  const file = join(root, acme, 'jvAgent.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), heartbeat: '*/20 * * * * *' }));
  const child = start();
  onTestFinished(() => stopped(child));
  const [up] = await once(child.stdout, 'data');
  expect(String(up)).toContain('jvagent is up');
  replace(closed);
  const id = await engineer.file(fix.workItem);
  const explained = () => asked<Standing>('explain', acme, String(id));
  await expect.poll(explained, { timeout: waitMs, interval: 200 }).toMatchObject({
    phase: 'planning',
    code: 'SANDBOX_UNAVAILABLE',
    why: expect.stringContaining('No permissions to create a new namespace'),
    fix: expect.stringContaining('namespaces'),
  });
  expect(await asked('show', acme, `wi-${id}`)).toMatchObject({ attempts: 0 });
  expect(modelRequests()).toBe(0);
});
