import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { holdSupervisorLock } from '../../../src/store/database/sqlite.ts';
import { jvagent, jvagentOn } from '../fixture.ts';
import { pressCtrlC } from '../press-ctrl-c.ts';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'emulate-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the emulators with this workspace while `during` lasts; what was printed. */
async function emulating(args: string[], during: (out: string) => Promise<void> = async () => {}) {
  const outcome = { code: 0, out: '', err: '' };
  const ended = jvagentOn(undefined, ['emulate', ...args], outcome);
  while (!outcome.out.endsWith('\n') && outcome.err === '') await systemClock.sleep(20);
  await during(outcome.out);
  pressCtrlC();
  await ended;
  return outcome;
}

test('a workspace that emulate writes passes agent check and doctor, and a work item waits on each board', async () => {
  const root = join(newFolder(), 'new');
  const { out } = await emulating(['--workspace', root, '--json'], async (line) => {
    const { azureDevOps, workspace } = JSON.parse(line);
    expect(workspace).toBe(root);
    expect(await jvagent('agent', 'check', '--root', root)).toMatchObject({ code: 0, err: '' });
    expect(await jvagent('doctor', 'codechange/acme', '--root', root)).toMatchObject({ code: 0, err: '' });
    for (const tenant of ['acme', 'globex']) {
      const seen = await jvagent('heartbeat', `codechange/${tenant}`, '--dry-run', '--json', '--root', root);
      expect(JSON.parse(seen.out).items).toMatchObject([{ state: 'New', starts: true }]);
    }
    expect(azureDevOps.tenants.acme.pats.agent).toMatch(/^pat/);
  });
  expect(out.split('\n')).toHaveLength(2);
  for (const file of ['.env', 'codechange/acme/secrets.env'])
    expect(statSync(join(root, file)).mode & 0o777).toBe(0o600);
  for (const id of ['codechange', 'codechange/acme', 'docs', 'impl/globex']) {
    const { $schema } = JSON.parse(readFileSync(join(root, id, 'jvAgent.json'), 'utf8'));
    expect(existsSync(join(root, id, $schema)), `${id}: ${$schema}`).toBe(true);
  }
});

test('emulate on its own workspace again keeps what people changed, and brings addresses, tokens and state up to date', async () => {
  const root = join(newFolder(), 'new');
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  await emulating(['--workspace', root]);
  const [config, secrets] = [read('codechange/acme/jvAgent.json'), read('codechange/acme/secrets.env')];
  writeFileSync(join(root, 'codechange/acme/jvAgent.json'), config.replace('"autoRun"', '"mine": 1, "autoRun"'));
  mkdirSync(join(root, '.jvagent/state'), { recursive: true });
  writeFileSync(join(root, '.jvagent/state/old'), '');
  // Somebody else has the port of the model now.
  const marked = JSON.parse(read('emulated.json'));
  const { port } = new URL(/ANTHROPIC_BASE_URL=(.*)/.exec(read('.env'))?.[1] ?? '');
  expect(String(marked.ports.anthropic)).toBe(port);
  const other = createServer().listen(Number(port), '127.0.0.1');
  onTestFinished(() => void other.close());

  const { out } = await emulating(['--workspace', root], async () => {
    expect(await jvagent('doctor', 'codechange/acme', '--no-model', '--root', root)).toMatchObject({
      code: 0,
      err: '',
    });
  });
  expect(out).toContain('The emulators start from nothing');
  expect(read('codechange/acme/jvAgent.json')).toBe(config.replace('"autoRun"', '"mine": 1, "autoRun"'));
  expect(read('codechange/acme/secrets.env')).not.toBe(secrets);
  expect(read('.env')).not.toContain(`:${port}`);
  expect(readdirSync(join(root, '.jvagent/state'))).not.toContain('old');
});

test('a folder with other files, and a workspace on which a platform runs, are refused before anything starts', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  const refused = await jvagent('emulate', '--workspace', folder);
  expect(refused).toEqual({ code: 1, out: '', err: expect.stringContaining(`${folder} is not empty`) });
  expect(readdirSync(folder)).toEqual(['notes.txt']);

  const root = join(folder, 'workspace');
  await emulating(['--workspace', root]);
  mkdirSync(join(root, '.jvagent/state'), { recursive: true });
  const lock = holdSupervisorLock(join(root, '.jvagent/state'));
  onTestFinished(() => lock?.release());
  const running = await jvagent('emulate', '--workspace', root);
  expect(running).toMatchObject({ code: 1, err: expect.stringMatching(/a platform runs on .*\nStop it/) });
});

test('a workspace that has left the emulators, or is in PostgreSQL, keeps its state and secrets, and no link in one is followed', async () => {
  const folder = newFolder();
  const root = join(folder, 'workspace');
  await emulating(['--workspace', root]);
  const settings = readFileSync(join(root, '.env'), 'utf8');
  mkdirSync(join(root, '.jvagent/state'), { recursive: true });
  writeFileSync(join(root, '.jvagent/state/audit'), '');
  const secrets = join(root, 'codechange/acme/secrets.env');
  writeFileSync(secrets, 'AZDO_PAT=real');

  writeFileSync(join(root, '.env'), settings.replace('JVAGENT_ALLOW_LOOPBACK=1', ''));
  const real = await jvagent('emulate', '--workspace', root);
  expect(real).toMatchObject({ code: 1, err: expect.stringContaining('is used with real systems') });
  expect(readFileSync(secrets, 'utf8')).toBe('AZDO_PAT=real');

  const shared = `DATABASE_URL=postgres://127.0.0.1:1/none\nJVAGENT_HOOK_KEY=${'k'.repeat(32)}\n`;
  writeFileSync(join(root, '.env'), `${settings}${shared}`);
  const moved = await jvagent('emulate', '--workspace', root);
  expect(moved).toMatchObject({
    code: 1,
    err: expect.stringMatching(/keeps its state in PostgreSQL.*\nName a folder/),
  });
  expect(readdirSync(join(root, '.jvagent/state'))).toContain('audit');

  writeFileSync(join(root, '.env'), settings);
  writeFileSync(join(folder, 'elsewhere'), 'mine');
  rmSync(secrets);
  symlinkSync(join(folder, 'elsewhere'), secrets);
  const linked = await jvagent('emulate', '--workspace', root);
  expect(linked).toMatchObject({ code: 1, err: expect.stringContaining(`${secrets} is a link`) });
  expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toBe('mine');
  expect(readdirSync(join(root, '.jvagent/state'))).toContain('audit');

  const file = await jvagent('emulate', '--workspace', join(folder, 'elsewhere'));
  expect(file).toMatchObject({ code: 1, err: expect.stringContaining('Name a folder') });
});

test('a workspace that cannot be written ends the command with its error, and nothing listens on', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'file'), '');
  const listening = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length;
  const before = listening();
  const failed = await jvagent('emulate', '--workspace', join(folder, 'file/below')).catch(String);
  expect(JSON.stringify(failed)).toContain('file/below');
  await expect.poll(listening).toBe(before);
});

test('for people it prints the pages to open and the command that comes next', async () => {
  const root = join(newFolder(), 'new');
  const { out } = await emulating(['--workspace', root]);
  expect(out).toMatch(/Board of Acme Corp +http:\/\/127\.0\.0\.1:\d+\/acme\/AcmeImplementation\/_boards/);
  expect(out).toMatch(/Pull requests of Globex Corporation +http:\/\/127\.0\.0\.1:\d+\/globex\/jsonpointer\/pulls/);
  expect(out).toContain(`./jvagent start --root ${root}\n`);
});
