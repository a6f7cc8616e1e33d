/** The package that `npm pack` makes, unpacked below a node_modules as npm does it, and started from another folder. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../../src/base/program.ts';
import { programEnvironment } from '../../src/settings.ts';

const project = join(import.meta.dirname, '../..');
const sources = [
  ...['package.json', 'tsconfig.json', 'jvagent', 'README.md', 'LICENSE', 'deploy', 'types'],
  ...['src', 'emulators', 'bench', 'templates', 'examples', 'schema', 'docs'],
];
/** The measurements that start a database of the tests are not in the package: `exclude` says which, from its own folder. */
const { exclude } = JSON.parse(readFileSync(join(project, 'deploy/tsconfig.package.json'), 'utf8')) as {
  exclude: string[];
};
const notPacked = exclude.map((path) => posix.join('deploy', path).replace(/\.ts$/, '.js'));
const besideSources = ['src', 'emulators', 'bench', 'templates', 'examples', 'schema', 'docs'];

let folder: string;
let installed: string;
const environment = () => ({
  ...programEnvironment(),
  HOME: folder,
  npm_config_offline: 'true',
  npm_config_update_notifier: 'false',
});

async function ran(file: string, args: string[], cwd = folder): Promise<string> {
  const { code, stdout, stderr } = await runProgram({ file, args, cwd, env: environment(), timeoutMs: 420_000 });
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  return stdout.toString();
}

/** The command as npm links it, from a folder that is neither the clone nor the package. */
const jvagent = (...args: string[]) => ran(join(folder, 'app/node_modules/.bin/jvagent'), args);

/** A clone of which npm makes the package, and the package as npm would have installed it: the libraries are in a folder above. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  const clone = join(folder, 'clone');
  for (const name of sources) cpSync(join(project, name), join(clone, name), { recursive: true });
  for (const at of [clone, folder]) symlinkSync(join(project, 'node_modules'), join(at, 'node_modules'));
  await ran('npm', ['pack', '--pack-destination', folder], clone);
  const [tarball = ''] = globSync('jvagent-*.tgz', { cwd: folder });
  installed = join(folder, 'app/node_modules/jvagent');
  mkdirSync(join(folder, 'app/node_modules/.bin'), { recursive: true });
  mkdirSync(installed);
  await ran('tar', ['--extract', '--strip-components=1', '--directory', installed, '--file', join(folder, tarball)]);
  symlinkSync('../jvagent/jvagent', join(folder, 'app/node_modules/.bin/jvagent'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the package has each compiled source and each file beside the sources, and no TypeScript, test or secret', () => {
  const all = globSync('**/*', { cwd: installed });
  const wanted = besideSources.flatMap((name) =>
    globSync(`${name}/**/*.*`, { cwd: project }).map((path) => path.replace(/\.ts$/, '.js')),
  );
  const isPacked = (path: string) => !notPacked.some((left) => path === left || path.startsWith(`${left}/`));
  expect(notPacked.flatMap((path) => all.filter((packed) => packed.startsWith(`dist/${path}`)))).toEqual([]);
  const uncompiled = /^(examples|templates|docs|schema)\/.*\.js$/;
  // What `exports` of package.json names.
  expect(all).toContain('types/tool.d.ts');
  expect(wanted.filter((path) => isPacked(path) && !uncompiled.test(path) && !all.includes(`dist/${path}`))).toEqual(
    [],
  );
  expect(
    all.filter((path) => /(?<!\.d)\.ts$|(^|\/)test\/|\.env$/.test(path) && !path.includes('/jsonpointer/')),
  ).toEqual([]);
});

test('what the package imports are its own dependencies, none that only the tests have', () => {
  const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const compiled = globSync('dist/{src,emulators,bench}/**/*.js', { cwd: installed });
  const named = compiled
    .filter((path) => !path.includes('/jsonpointer/'))
    .flatMap((path) => [
      ...readFileSync(join(installed, path), 'utf8').matchAll(/^(?:import|export) (?:.* from )?'([^'.][^']*)'/gm),
    ])
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name));
  const packages = new Set(
    named.map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    ),
  );
  expect(packages.size).toBeGreaterThan(10);
  expect([...packages].filter((name) => !(name in dependencies))).toEqual([]);
});

test('an installed package makes a workspace with an agent, shows it, and takes a work item to its deployment', async () => {
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { version: string };
  expect((await jvagent('--version')).trim()).toBe(version);
  const root = join(folder, 'workspace');
  await jvagent('init', root);
  await jvagent('agent', 'add', 'docs', '--template', 'docs', '--root', root);
  expect(JSON.parse(await jvagent('status', '--root', root, '--json'))).toMatchObject({ agents: [{ id: 'docs' }] });
  const last = (await jvagent('demo', '--approve', 'auto', '--json')).trim().split('\n').at(-1) ?? '';
  const result = JSON.parse(last) as { repository: string };
  rmSync(join(result.repository, '../..'), { recursive: true });
  expect(result).toMatchObject({ ok: true, state: 'Deployed', tests: { before: 'failed', after: 'passed' } });
});

test('an installed package serves its dashboard with the files that its pages load', async () => {
  const root = join(folder, 'served');
  await jvagent('init', root);
  const args = ['start', '--root', root, '--port', '0', '--json'];
  const child = spawn(join(folder, 'app/node_modules/.bin/jvagent'), args, { cwd: folder, env: environment() });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await expect.poll(() => said, { timeout: 120_000 }).toMatch(/Dashboard: \S+/);
  const [, url = ''] = /Dashboard: (\S+)/.exec(said) ?? [];
  expect(await (await fetch(new URL('/healthz', url))).text()).toBe('ok\n');
  const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text();
  const assets = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
  expect(assets.length).toBeGreaterThan(0);
  for (const path of assets) expect((await fetch(new URL(path, url))).status).toBe(200);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

test('it says of the tests that they are in the repository', async () => {
  await expect(jvagent('test', 'unit')).rejects.toThrow(/ended with 1: An installed package has no tests/);
});
