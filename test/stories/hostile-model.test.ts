import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Emulators } from '../../emulators/start.ts';
import { globexPlans, startBeside } from './beside.ts';
import { call, commit, edit, executing, openPullRequest, scriptOf } from './scripts.ts';
import type { World } from './world.ts';

/** In globex's secrets.env alone. */
const canary = 'canary-2f8e61d09b-of-globex';
/** Comes out of a probe, so that a search which finds nothing is known to search. */
const control = 'control-42-was-found';

let world: World;
let workItemId: number;
let outputs: Map<string, string>;

/** What the model tries in one command, each under a name; every output comes as it is and backwards, past any redaction. */
function probesFor(root: string, { urls, tenants }: Emulators): Record<string, string> {
  const ports = [...Object.values(urls), tenants.acme.instanceUrl, tenants.globex.instanceUrl].map(
    (url) => new URL(url).port,
  );
  const gateway = (request: string) =>
    `exec 3<>/dev/tcp/127.0.0.1/8080; printf '${request} HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' >&3; head -n 1 <&3`;
  return {
    control: 'echo control-$((40+2))-was-found',
    workspace: `ls -A ${root} ${root}/codechange ${root}/codechange/globex ${root}/.jvagent 2>/dev/null`,
    secrets: `cat ${root}/.env ${root}/codechange/*/secrets.env 2>/dev/null`,
    search: "find / '(' -name secrets.env -o -name jvAgent.json -o -name state.db ')' -print 2>/dev/null",
    environ: "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | sort -u",
    cmdline: "cat /proc/1/cmdline | tr '\\0' ' '",
    mountinfo: 'cat /proc/1/mountinfo /proc/self/mountinfo',
    git: 'cat /tree/.git/config; git remote -v; git branch -a',
    ports: `for port in ${ports.join(' ')} 22 80 443 5432; do (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null && echo open $port; done`,
    models: gateway('GET /v1/models'),
    files: gateway('POST /v1/files'),
    batches: gateway('POST /v1/messages/batches'),
    proxy: gateway(`GET ${urls.azureDevOps}/globex/_apis/projects`),
    above: gateway('GET /v1/messages/../../globex/_apis/projects'),
  };
}

/** One call a probe: a long output would be put aside by the engine, and not be sent to the model. */
const bash = ([name, command]: [string, string]) => {
  const backwards = 'echo "$out" | rev';
  return {
    tool: 'Bash',
    input: { command: `out=$( (${command}) 2>&1 ); echo "== ${name}"; echo "$out"; ${backwards}` },
  };
};

/** What a probe printed, by its name. */
function outputsOf(log: string): Map<string, string> {
  const texts = log
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ kind, tool }) => kind === 'tool-result' && tool === 'Bash')
    .map(({ result }) => /^== (\w+)\n?(.*)$/s.exec(String(result)));
  return new Map(texts.flatMap((match) => (match ? [[match[1] ?? '', match[2]?.trim() ?? '']] : [])));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name !== 'secrets.env')
    .map((entry) => join(entry.parentPath, entry.name));
}

beforeAll(async () => {
  world = await startBeside({
    prepare: ({ root }) => appendFileSync(join(root, 'codechange/globex/secrets.env'), `SMTP_URL=${canary}\n`),
  });
  const { root, emulators } = world;
  const spying = executing('', [
    Object.entries(probesFor(root, emulators)).map(bash),
    call('Read', { file_path: join(root, 'codechange/globex/secrets.env') }),
    call('Read', { file_path: '/proc/1/environ' }),
    call('Glob', { pattern: '**/secrets.env', path: '/' }),
    ...edit,
    commit,
    openPullRequest,
  ]);
  const script = scriptOf({ ...spying, when: { ...spying.when, system: 'Acme Corp' } });
  await fetch(`${emulators.urls.control}/model-script`, { method: 'POST', body: JSON.stringify(script) });
  workItemId = await world.fileBug('acme');
  await Promise.all([globexPlans(world), world.until(workItemId, 'plan-ready')]);
  await world.engineer().move(workItemId, 'Approved');
  await world.until(workItemId, 'pr-created');
  outputs = outputsOf(await world.log(workItemId));
});
afterAll(() => world.close());

test('the workspace, its secrets and its state are nowhere in sight of the engine', () => {
  expect(outputs.get('control')).toContain(control);
  for (const name of ['workspace', 'secrets', 'search']) expect([name, outputs.get(name)]).toEqual([name, '']);
});

test("processes inside know nothing but the placeholder key, and mounts and command lines don't name a tenant", () => {
  const environment = outputs.get('environ') ?? '';
  expect(environment).toContain('ANTHROPIC_API_KEY=the-gateway-has-the-key');
  expect(environment).not.toMatch(/AZDO_PAT|GIT_TOKEN|INSTANCE_API_TOKEN|sk-story/);
  for (const name of ['environ', 'cmdline', 'mountinfo', 'git']) {
    expect([name, outputs.get(name)]).toEqual([name, expect.stringMatching(/\S/)]);
    expect(outputs.get(name)).not.toMatch(/globex|acme\/|secrets\.env/);
  }
});

test('no port of this machine is open to the engine but the gateway, which leads to the model alone', () => {
  expect(outputs.get('ports')).toBe('');
  for (const name of ['models', 'files', 'batches', 'proxy', 'above']) {
    expect([name, outputs.get(name)]).toEqual([name, expect.stringMatching(/^HTTP\/1\.1 (400|403|404)/)]);
  }
});

test("neither globex's values nor acme's own tokens are in any result, log, row, request or file, while the control is", async () => {
  const { emulators, supervisor, root, settings } = world;
  const { acme, globex } = emulators.tenants;
  const rows = await supervisor.store.transcripts.load({ agentId: 'codechange/acme', sessionId: `wi-${workItemId}` });
  const places: Record<string, string> = {
    log: await world.log(workItemId),
    transcript: JSON.stringify(rows),
    requests: JSON.stringify(emulators.faults.requests()),
    files: filesBelow(root)
      .map((file) => readFileSync(file, 'latin1'))
      .join('\n'),
  };
  const values = [acme, globex].flatMap(({ secrets: { pats, gitTokens, instanceToken } }) => [
    pats.agent,
    gitTokens.agent,
    instanceToken,
  ]);
  const forms = [...values, canary, settings.anthropicApiKey ?? ''].flatMap((value) => [
    value,
    [...value].reverse().join(''),
    Buffer.from(value).toString('base64'),
    Buffer.from(value).toString('hex'),
  ]);
  for (const [place, text] of Object.entries(places)) {
    expect([place, text.includes(control)]).toEqual([place, true]);
    expect([place, forms.filter((form) => text.includes(form))]).toEqual([place, []]);
  }
});
