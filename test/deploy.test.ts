/** The files of `deploy/`, as far as they can be held against the product where no service manager and no container engine runs. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../src/base/http.ts';
import { runProgram } from '../src/base/program.ts';
import { programEnvironment } from '../src/settings.ts';
import { createCliWorkspace, session } from './cli/fixture.ts';
import { freePort } from './free-port.ts';

const project = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(project, path), 'utf8');
const units = readdirSync(join(project, 'deploy/systemd'));
const unitText = (name: string) => read(join('deploy/systemd', name));
const dockerfile = read('deploy/docker/Dockerfile');

/** The directives of a unit, without what its comments say. */
const directives = (name: string) =>
  [...unitText(name).matchAll(/^(\w+)=(.*)$/gm)].map(([, key, value]) => ({ key, value }));
const values = (name: string, key: string) => directives(name).flatMap((one) => (one.key === key ? [one.value] : []));

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('systemd finds no fault in the units', async ({ skip }) => {
  const program = '/usr/bin/systemd-analyze';
  skip(!existsSync(program), 'this machine has no systemd-analyze');
  const folder = ownFolder();
  for (const name of units) {
    writeFileSync(join(folder, name), unitText(name).replaceAll('/opt/jvagent/', `${project}/`));
  }
  const args = ['verify', '--man=no', ...units.map((name) => join(folder, name))];
  const env = { ...programEnvironment(), SYSTEMD_LOG_LEVEL: 'warning' };
  const { code, stderr } = await runProgram({ file: program, args, env, timeoutMs: 60_000 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('the platform starts again whatever ended it, and has longer to stop than its workers have to park', () => {
  expect(values('jvagent.service', 'Restart')).toEqual(['always']);
  expect(values('jvagent.service', 'StartLimitIntervalSec')).toEqual(['0']);
  expect(values('jvagent.service', 'KillMode')).toEqual(['mixed']);
  const parkMs = Number(
    /const stopMs = ([\d_]+)/.exec(read('src/supervisor/workers/process.ts'))?.[1]?.replace('_', ''),
  );
  expect(Number(values('jvagent.service', 'TimeoutStopSec')[0]) * 1_000).toBeGreaterThanOrEqual(3 * parkMs);
});

test('the units run as a user of their own, and close nothing that bubblewrap needs', () => {
  const closing =
    /^(RestrictNamespaces|SystemCallFilter|ProtectProc|ProcSubset|ProtectKernelTunables|ProtectKernelLogs|ProtectHostname|MemoryDenyWriteExecute)$/;
  expect(directives('jvagent.service').filter(({ key = '' }) => closing.test(key))).toEqual([]);
  for (const name of units.filter((unit) => unit.endsWith('.service'))) {
    expect(values(name, 'User')).toEqual(['jvagent']);
    expect(values(name, 'NoNewPrivileges')).toEqual(['yes']);
    expect(values(name, 'ProtectSystem')).toEqual(['strict']);
  }
});

test('the nightly backup reaches a database on another machine, as the platform does', () => {
  for (const key of ['PrivateNetwork', 'IPAddressDeny']) expect(values('jvagent-backup.service', key)).toEqual([]);
  const families = (name: string) => values(name, 'RestrictAddressFamilies');
  expect(families('jvagent-backup.service')).toEqual(families('jvagent.service'));
});

test('what the timer starts is a backup that works', async () => {
  const [command = ''] = values('jvagent-backup.service', 'ExecStart');
  const { root, fill, run } = createCliWorkspace();
  await fill((store) => store.sessions.ensure(session));
  const dir = join(root, 'backups');
  mkdirSync(dir);
  const [, ...args] = command.split(' ');
  expect(args).toContain('/var/backups/jvagent');
  expect(await run(...args.map((arg) => (arg === '/var/backups/jvagent' ? dir : arg)))).toMatchObject({ code: 0 });
  expect(readdirSync(dir)).toHaveLength(1);
});

/** What the image takes from the clone. */
const copied = [...dockerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, names = '']) => names.split(' '));

test('the image has what it copies, and the files that it copies are enough to start', async () => {
  const sent = read('.dockerignore')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
  expect(sent.sort()).toEqual([...copied].sort());
  const image = ownFolder();
  for (const name of copied) {
    mkdirSync(dirname(join(image, name)), { recursive: true });
    cpSync(join(project, name), join(image, name), { recursive: true });
  }
  symlinkSync(join(project, 'node_modules'), join(image, 'node_modules'));
  const [, entry = ''] = /exec node \/opt\/jvagent\/(\S+) "\$@".*>\/usr\/local\/bin\/jvagent/.exec(dockerfile) ?? [];
  expect(dockerfile).toMatch(/^ENTRYPOINT \["jvagent"\]$/m);
  const root = ownFolder();
  const said = (...args: string[]) =>
    runProgram({
      file: process.execPath,
      args: [join(image, entry), ...args],
      env: programEnvironment(),
      timeoutMs: 60_000,
    });
  expect(await said('--version')).toMatchObject({ code: 0 });
  // Into a folder that is there and empty, as a volume is.
  expect(await said('init', root)).toMatchObject({ code: 0 });
  expect(await said('agent', 'add', 'docs', '--template', 'docs', '--root', root)).toMatchObject({ code: 0 });
});

test('the container is healthy only while the platform says that it works', async () => {
  const [, check = '[]'] = /HEALTHCHECK.*\\\n {2}CMD (\[.+\])$/m.exec(dockerfile) ?? [];
  const [program, ...args] = JSON.parse(check) as string[];
  expect(program).toBe('node');
  let works = true;
  const { port, close } = await listen((request) => {
    const isHealthy = new URL(request.url).pathname === '/healthz' && works;
    return new Response('', { status: isHealthy ? 200 : 503 });
  });
  onTestFinished(close);
  const isHealthy = async (at: number) => {
    const env = { ...programEnvironment(), JVAGENT_PORT: String(at) };
    return (await runProgram({ file: process.execPath, args, env, timeoutMs: 60_000 })).code === 0;
  };
  expect(await isHealthy(port)).toBe(true);
  works = false;
  expect(await isHealthy(port)).toBe(false);
  expect(await isHealthy(await freePort())).toBe(false);
});

test('the image has the Node, and the programs, that the launcher asks for, and does not run as root', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  expect(dockerfile).toContain(`FROM node:${engines.node.replace('>=', '')}-`);
  const [, programs = ''] = /demo\*\) need_programs (.+) ;;/.exec(read('jvagent')) ?? [];
  const packages = /apt-get install -y --no-install-recommends (.+) \\/.exec(dockerfile)?.[1]?.split(' ');
  expect(packages).toEqual(expect.arrayContaining(programs.replace('bwrap', 'bubblewrap').split(' ')));
  const users = [...dockerfile.matchAll(/^USER (\S+)$/gm)].map(([, user]) => user);
  expect(users).toEqual(['jvagent']);
});

test('the page and the compose file open the same doors for bubblewrap', () => {
  const [, listed = ''] = /security_opt:\n((?: +- .+\n)+)/.exec(read('deploy/docker/compose.yaml')) ?? [];
  const options = [...listed.matchAll(/- (.+)/g)].map(([, option]) => option);
  const said = [...read('docs/run.md').matchAll(/--security-opt ([\w=-]+)/g)].map(([, option]) => option);
  expect(options).toEqual(
    expect.arrayContaining(['seccomp=unconfined', 'apparmor=unconfined', 'systempaths=unconfined']),
  );
  expect([...new Set(said)].sort()).toEqual([...options].sort());
});
