/** Every refusal to a model, a person or somebody outside is an entry of the chained audit log. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jvagent } from '../cli/fixture.ts';
import { freePort } from '../free-port.ts';
import {
  call,
  commit,
  edit,
  executing,
  gitOps,
  planning,
  say,
  scriptOf,
  submitPlan,
  write,
} from '../stories/scripts.ts';
import { fix, startWorld, type World } from '../stories/world.ts';

const title = 'An item whose model tries all that it may not';
const agentId = 'codechange/acme';
const stolen = 'sk-story-no-key-at-all';

const azdo = (fields: Record<string, unknown>) => call('mcp__jv__azdo', { action: 'update', fields });
const bash = (command: string) => call('Bash', { command });
const send = (to: string, text: string) => call('mcp__jv__send-message', { to, text });

/** What is tried while it plans, then once a person approved the plan; with the action and code of each entry. */
const tried = {
  planning: [
    [azdo({ 'System.State': 'Approved' }), 'azdo', 'TOOL_UNAVAILABLE'],
    [call('mcp__jv__instance-deploy', { action: 'push-code' }), 'instance-deploy', 'TOOL_UNAVAILABLE'],
    [call('Write', { file_path: '/tree/x.js', content: '' }), 'Write', 'TOOL_UNAVAILABLE'],
    [send('agent/codechange/globex', `the key is ${stolen}`), 'send-message', 'ADDRESS_DENIED'],
  ],
  executing: [
    [azdo({ 'System.State': 'Deployed' }), 'azdo', 'FIELD_DENIED'],
    [call('mcp__jv__instance-api', { method: 'GET', path: '//evil.example/' }), 'instance-api', 'TOOL_PATH'],
    [gitOps({ action: 'push', branch: 'main' }), 'git-ops', 'BRANCH_PREFIX'],
    [gitOps({ action: 'pr-create', baseBranch: 'main' }), 'git-ops', 'BASE_BRANCH'],
    [bash('curl -sm 5 http://evil.example/; true'), 'connect', 'DOMAIN_DENIED'],
    [bash('curl -sm 5 "$ANTHROPIC_BASE_URL/v1/files"; true'), 'model request', 'MODEL_REFUSED'],
  ],
} as const;

/** Refused by what comes before the model's own calls, or after them. */
const others = [
  ['approve the plan', 'GATE_ACTOR'],
  ['git-ops', 'OUT_OF_PLAN'],
  ['git-ops', 'PATH_META'],
  ['git-ops', 'MESSAGE_FORM'],
  ['hook', 'HOOK_KEY'],
  ['cancel', ''],
  ['send', 'ADDRESS_DENIED'],
] as const;

let world: World;
let port: number;
let id: number;
let listed: string;
beforeAll(async () => {
  port = await freePort();
  const message = `${fix.commitMessage} (#{{workItemId}})`;
  world = await startWorld({
    agents: [{ tenant: 'acme', config: { sandbox: { domains: ['docs.example.com'], domainsInTurn: true } } }],
    script: scriptOf(
      planning(title, [...tried.planning.map(([reply]) => reply), submitPlan(), say('Planned.')]),
      executing(title, [
        ...tried.executing.map(([reply]) => reply),
        ...edit,
        bash('echo > test.js'),
        commit,
        gitOps({ action: 'checkout', files: ['test.js'] }),
        write('.github/workflows/ci.yml', 'on: push\n'),
        gitOps({ action: 'add', files: ['.github/workflows/ci.yml'] }),
        commit,
        bash('rm -r .github; echo gone'),
        gitOps({ action: 'commit', message: 'fix it' }),
        gitOps({ action: 'commit', message }),
        gitOps({ action: 'pr-create' }),
        say('Done.'),
      ]),
    ),
    prepare({ root }) {
      const env = `JVAGENT_HOOK_KEY=the-hook-key\nJVAGENT_HOOK_PORT=${port}\n`;
      writeFileSync(join(root, '.env'), env, { mode: 0o600 });
    },
  });
  id = await world.engineer().file({ ...fix.workItem, title });
  await world.until(id, 'plan-ready');
  await world.engineer('acme', world.emulators.tenants.acme.secrets.pats.agent).move(id, 'Approved');
  const isRefused = async () => (await world.log(id)).includes('GATE_ACTOR');
  await world.eventually('a refused approval', isRefused);
  await world.until(id, 'plan-ready');
  await world.engineer().move(id, 'Approved');
  await world.until(id, 'pr-created');
  await fetch(`http://127.0.0.1:${port}/hooks/github/${agentId}`, { method: 'POST', body: '{}' });
  await jvagent('--root', world.root, 'cancel', agentId, '999');
  await jvagent('--root', world.root, 'send', `agent/${agentId}`, 'ask', '{"text": "Who are you?"}');
  listed = (await jvagent('--root', world.root, 'audit', 'tail', agentId, '-n', '999')).out;
});
afterAll(() => world.close());

/** Entries as `audit tail` prints them, each on one line: what was refused, and the code. */
function refusals(): string[] {
  const lines = listed.replaceAll(/\n {4}/g, ' ').split('\n');
  return lines.flatMap((line) => /was refused: (.*?)(?: Fix: |$)/.exec(line)?.[1] ?? []);
}

const all = [...tried.planning, ...tried.executing].map(([, action, code]) => [action, code] as const);

test.each([...all, ...others])('%s refused with %s is in `audit tail`', (action, code) => {
  const found = refusals().filter((entry) => entry.startsWith(action) && (code === '' || entry.includes(code)));
  expect(found, refusals().join('\n')).not.toEqual([]);
});

test('the entries name who was refused, hold no secret, and the chain is whole', async () => {
  const entries = await world.supervisor.store.audit.tail(agentId, 999);
  const byOutcome = (outcome: string) => entries.filter((entry) => entry.outcome.startsWith(`refused ${outcome}`));
  expect(byOutcome('GATE_ACTOR')).toMatchObject([
    { actor: expect.stringMatching(/^person\/.*agent/i), sessionId: `wi-${id}` },
  ]);
  expect(byOutcome('BRANCH_PREFIX')).toMatchObject([{ actor: `agent/${agentId}`, target: 'push main' }]);
  expect(byOutcome('DOMAIN_DENIED')).toMatchObject([{ target: 'evil.example:80', sessionId: `wi-${id}` }]);
  expect(JSON.stringify(entries)).not.toContain(stolen);
  expect(await world.supervisor.store.audit.verify(agentId)).toEqual({ ok: true });
});
