/** The launcher in a clone whose node, npm, apt-get and programs are stand-ins that tell what they were asked for. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';

const launcher = join(import.meta.dirname, '../jvagent');

const ownPrograms = ['bash', 'env', 'readlink', 'dirname', 'cmp', 'cp', 'cat', 'chmod', 'mkdir', 'flock', 'id'];

const node = (version: string) => `[ "$1" = --version ] && echo ${version} || printf '%s\\n' "$PWD" "$@"`;

/** Puts a Node 24 where npm's package has it. */
const npm = `echo "npm $*"
case $1 in
  install) mkdir -p node_modules/.bin; printf '#!/bin/sh\\n%s\\n' '${node('v24.1.0').replaceAll("'", `'"'"'`)}' > node_modules/.bin/node
    chmod +x node_modules/.bin/node ;;
  ci) mkdir -p node_modules ;;
esac`;

function createClone(programs: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'launcher-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const write = (file: string, content: string, mode = 0o644) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content, { mode });
  };
  write('clone/package-lock.json', '{}');
  copyFileSync(launcher, join(folder, 'clone/jvagent'));
  mkdirSync(join(folder, 'bin'));
  for (const name of ownPrograms) symlinkSync(join('/usr/bin', name), join(folder, 'bin', name));
  for (const [name, script] of Object.entries(programs)) write(`bin/${name}`, `#!/bin/sh\n${script}\n`, 0o755);

  async function run(args: string[], file = join(folder, 'clone/jvagent')) {
    const options = { cwd: '/usr', env: { PATH: join(folder, 'bin') }, detached: true };
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const [[code], out, err] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
    return { code, out, err };
  }
  return { folder, write, run };
}

test('it fetches the libraries once, and again when the lock file changed', async () => {
  const { run, write } = createClone({ node: node('v26.0.0'), npm });
  const first = await run(['status', '--json']);
  expect(first.err).toContain('npm ci --ignore-scripts --include=dev');
  expect((await run(['status'])).err).toBe('');
  write('clone/package-lock.json', '{"changed": true}');
  expect((await run(['status'])).err).toContain('npm ci');
});

test('nothing but the command writes to stdout, in the folder of the caller, also through a link', async () => {
  const { run, folder } = createClone({ node: node('v24.0.0'), npm });
  symlinkSync(join(folder, 'clone/jvagent'), join(folder, 'bin/jv'));
  const { code, out } = await run(['send', 'agent/x', 'two words'], join(folder, 'bin/jv'));
  const args = [join(folder, 'clone/src/main.ts'), 'send', 'agent/x', 'two words'];
  expect({ code, lines: out.trim().split('\n') }).toEqual({ code: 0, lines: ['/usr', ...args] });
});

test('an old Node is not used: a new one is fetched, once', async () => {
  const { run, folder } = createClone({ node: node('v20.20.2'), npm });
  const first = await run(['status']);
  expect(first.err).toContain('node@24');
  expect(first.out).toContain('main.ts\nstatus');
  expect(existsSync(join(folder, 'clone/.node/node_modules/.bin/node'))).toBe(true);
  expect(await run(['status'])).toMatchObject({ code: 0, err: '' });
});

test('with neither Node nor npm it says what to install', async () => {
  const { run } = createClone({});
  expect(await run(['status'])).toEqual({ code: 1, out: '', err: expect.stringContaining('Node 24') });
});

test('demo and test need their programs, other commands need none', async () => {
  const { run } = createClone({ node: node('v24.0.0'), npm, bwrap: '', git: '' });
  expect((await run(['send', 'x', 'test'])).code).toBe(0);
  expect(await run(['demo'])).toEqual({ code: 1, out: '', err: expect.stringContaining('socat must be installed') });
  const { err } = await run(['--root', '/tmp', 'test']);
  expect(err).toContain('socat chromium must be installed');
  expect((await run(['test', 'live', '--json'])).code).toBe(0);
});

test.runIf(process.getuid?.() === 0)('root without a terminal gets them at once', async () => {
  const { run, folder } = createClone({ node: node('v24.0.0'), npm, bwrap: '', git: '' });
  const apt = `echo "apt-get $*"; case "$*" in *install*) printf '#!/bin/sh\\n' > ${folder}/bin/socat ;; esac`;
  writeFileSync(join(folder, 'bin/apt-get'), `#!/bin/sh\n${apt}\n`, { mode: 0o755 });
  const { code, out, err } = await run(['demo', '--json']);
  expect({ code, lines: out.trim().split('\n').slice(-2) }).toEqual({ code: 0, lines: ['demo', '--json'] });
  expect(err).toMatch(/apt-get .*install -y .*socat/);
});

test('an installed package starts its compiled sources, fetches no library, and needs no program for tests that it has not', async () => {
  const { run, write, folder } = createClone({ node: node('v24.0.0'), npm });
  write('clone/dist/src/main.js', '');
  rmSync(join(folder, 'clone/package-lock.json'));
  for (const command of ['status', 'test']) {
    const { code, out, err } = await run([command]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.trim().split('\n').slice(1)).toEqual([join(folder, 'clone/dist/src/main.js'), command]);
  }
});
