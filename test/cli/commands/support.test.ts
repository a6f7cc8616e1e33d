/** The bundle for a bug report: what helps is in it, and nothing that people wrote or keep secret. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import { customerConfig } from '../../agents/workspace.ts';
import { allFormsOf } from '../../redteam/forms.ts';
import { rules } from '../../store/fixture.ts';
import { plan, postedPlan } from '../../work-items/fixture.ts';
import { acme, createCliWorkspace, findItem, session } from '../fixture.ts';

const secrets = {
  AZDO_PAT: 'pat-of-acme-5d1f9c27',
  GIT_TOKEN: 'git-of-acme-77ab31ee',
  CRM_TOKEN: 'crm "quoted" \\ of-acme 50% ä=',
  MODEL_API_KEY: 'sk-ant-of-acme-90210-zz',
  SMTP_URL: 'smtps://mailuser:mail-pass-6620@mail.example.com:465',
};
const platformTokens = { JVAGENT_API_TOKEN: 'operate-token-41c9d2', ANTHROPIC_API_KEY: 'sk-ant-platform-1f2e3d' };
const proxy = 'http://proxyuser:proxy%2Fpass-8812@proxy.acme-corp.example:3128';
const slackToken = 'xoxb-further-app-553311';
const words = {
  title: 'Zebrafish invoices are rounded',
  description: 'Quagga customers in Lisbon see wrong totals',
  comment: 'Okapi wants it merged',
  log: 'Reading wombat.ts of Xylophone',
};
const names = [
  'yourorg',
  'acmeProject',
  'erin@acme-corp.example',
  'proxy.acme-corp.example',
  'product.git',
  'narwhal',
  'customer-9-field',
];

const lines = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');

async function filled() {
  const workspace = createCliWorkspace({
    [`${acme}/jvAgent.json`]: customerConfig('acme', {
      description: 'narwhal',
      'customer-9-field': { secretProject: 'narwhal' },
      email: { from: 'erin@acme-corp.example', to: ['erin@acme-corp.example'] },
      limits: { turnMinutesMax: 17 },
      defaultModel: 'opus',
    }),
    [`${acme}/secrets.env`]: lines(secrets),
    'docs/jvAgent.json': { id: 'docs', heartbeat: 'narwhal' },
    '.env': lines({ ...platformTokens, HTTPS_PROXY: proxy, NARWHAL: 'narwhal' }),
    'slack/further.env': lines({ SLACK_BOT_TOKEN: slackToken }),
  });
  await workspace.fill(async (store) => {
    await findItem(store, words.title);
    const claim = await store.sessions.claim({ ...session, owner: 'node-1', leaseMs: 60_000, batchMax: 1 });
    const turn = { ...session, epoch: claim?.epoch ?? 0, claimId: claim?.claimId ?? '' };
    const text = `${plan.summary} ${words.description}`;
    const submitted = {
      kind: 'plan-submitted',
      plan,
      text,
      hash: postedPlan.hash,
      baseSha: 'c'.repeat(40),
      contentHash: 'c',
    } as const;
    await store.items.apply({ ...turn, rules, event: submitted });
    const crash = `it ended at ${words.title}: "${words.comment}" of https://dev.azure.com/yourorg in /srv/narwhal/x, by erin@acme-corp.example`;
    await store.log.append(session, [
      { at: 1, kind: 'text', text: words.log },
      { at: 2, kind: 'tool-call', tool: 'narwhal', input: { text: words.description } },
      {
        at: 3,
        kind: 'broke',
        text: `${crash} with ${secrets.CRM_TOKEN} and ${Buffer.from(secrets.AZDO_PAT).toString('base64')}`,
      },
      { at: 4, kind: 'bug', tool: 'narwhal', text: words.description },
    ]);
    await store.sessions.release({ ...turn, end: 'rested', why: refuse('RATE', words.description) });
    await store.agents.set(acme, { hold: refuse('HOLD', words.comment) });
    const asked = {
      to: `agent/${acme}`,
      from: 'person/erin@acme-corp.example',
      command: 'ask',
      payload: { text: words.description },
    };
    await store.messages.add({ ...asked, id: 'm1', at: 1 });
    const act = { actor: 'person/erin@acme-corp.example', action: 'pause', argsDigest: 'd', outcome: 'done' };
    await store.audit.append({ agentId: acme, sessionId: '', target: words.title, ...act });
  });
  return workspace;
}

async function bundleOf({ run, path }: Pick<Awaited<ReturnType<typeof filled>>, 'run' | 'path'>) {
  const outcome = await run('support', path('support.json.gz'));
  expect(outcome).toMatchObject({ code: 0, err: '' });
  const text = gunzipSync(readFileSync(path('support.json.gz'))).toString('utf8');
  return { ...outcome, text, bundle: JSON.parse(text) };
}

test('no secret of any private file, and no word of a work item, plan, comment, person or customer is in it', async () => {
  const { text } = await bundleOf(await filled());
  const hidden = [
    ...Object.values(secrets),
    ...Object.values(platformTokens),
    proxy,
    'proxy%2Fpass-8812',
    'proxy/pass-8812',
    slackToken,
    'mail-pass-6620',
  ];
  for (const form of hidden.flatMap(allFormsOf)) expect(text).not.toContain(form);
  const said = [...Object.values(words), plan.summary, ...plan.steps, ...names];
  for (const word of said.flatMap((one) => [one, ...one.split(' ').filter((part) => part.length > 6)]))
    expect(text).not.toContain(word);
});

test('it has what a bug report needs: versions, settings by name, switches, codes, phases, counts and scrubbed crashes', async () => {
  const { bundle } = await bundleOf(await filled());
  expect(bundle.about).toMatchObject({ jvagent: expect.any(String), node: process.version });
  expect(bundle.settings).toEqual(expect.arrayContaining(['ANTHROPIC_API_KEY (.env)', 'JVAGENT_API_TOKEN (.env)']));
  const [ofAcme, docs] = bundle.agents;
  expect(ofAcme.faults).toEqual([]);
  expect(ofAcme).toMatchObject({
    id: acme,
    kind: 'code-change',
    config: {
      defaultModel: 'opus',
      limits: { turnMinutesMax: 17 },
      email: { from: 'set', to: '1 entry' },
      devops: { organization: 'set', stateMapping: expect.anything() },
    },
  });
  expect(docs).toMatchObject({ id: 'docs', isDisabled: true, code: 'CONFIG_INVALID' });
  expect(bundle.state).toMatchObject({
    agents: [{ agent_id: acme, hold: 'HOLD' }],
    sessions: [{ agent_id: acme, session_id: 'wi-12', phase: 'plan-ready', waits: 'RATE' }],
  });
  expect(bundle.state.audit[0]).toMatchObject({ actor: 'person', action: 'pause', done: true });
  expect(bundle.state.migrations.length).toBeGreaterThan(12);
  const [bug, broke] = bundle.state.errors;
  expect(bug).not.toHaveProperty('text');
  expect(broke.text).toMatch(
    /^it ended at <title>: <quoted> of <url> in <path>, by <address> with \[jvagent-redacted:CRM_TOKEN\]/,
  );
});

test('only its owner can read it, it replaces no file, and it says what it holds and to read it first', async () => {
  const workspace = await filled();
  const { out } = await bundleOf(workspace);
  expect(statSync(workspace.path('support.json.gz')).mode & 0o777).toBe(0o600);
  expect(out).toContain('Read it before you send it');
  const again = await workspace.run('support', workspace.path('support.json.gz'));
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('already exists') });
  const nowhere = await workspace.run('support', workspace.path('none/support.json.gz'));
  expect(nowhere).toMatchObject({ code: 1, err: expect.stringContaining('there is no folder') });
  expect(existsSync(workspace.path('none'))).toBe(false);
});

test('it is written too where the state is from a newer version, where it is most wanted', async () => {
  const workspace = await filled();
  const database = new Database(workspace.path('.jvagent/state/state.db'));
  database.prepare("insert into kysely_migration values ('999-later', '2027-01-01T00:00:00Z')").run();
  database.prepare("update platform set value = '999-later' where name = 'readable-from'").run();
  database.close();
  const { bundle } = await bundleOf(workspace);
  expect(bundle.status.unread).toContain('newer version');
  expect(bundle.state.migrations.at(-1)).toMatchObject({ name: '999-later' });
});
