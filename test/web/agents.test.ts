/** The pages of agents: how each is, what waits for a person, and from whom it has what. */
import { expect, test } from 'vitest';
import { proposalHash, seenValue } from '../../src/conversations/proposal.ts';
import { refuse } from '../../src/refusal.ts';
import { agentPage } from '../../src/web/pages/agents/agent-page.ts';
import { agentsPage } from '../../src/web/pages/agents/agents-page.ts';
import { customerConfig } from '../agents/workspace.ts';
import { granted, noUsage } from '../store/fixture.ts';
import { attribute, type Element, textOf } from './markup.ts';
import { acme, startPages } from './pages-world.ts';

const config = 'codechange/acme/jvAgent.json';
const ofAcme = { agent: acme };

type Pages = Awaited<ReturnType<typeof startPages>>;

/** As the platform does when it first sees the agent. */
async function trustAcme({ store, agents }: Pages) {
  const state = agents.get(acme);
  if (!state || !('agent' in state)) throw new Error('acme has faults');
  const { digest, steering } = state.agent;
  await store.agents.set(acme, { trusted: { digest, steering } });
  return digest;
}

const meters = (elements: readonly Element[]) =>
  elements
    .filter(({ tagName }) => tagName === 'meter')
    .map((one) => ['aria-label', 'value', 'max'].map((name) => attribute(one, name)));

test('the list of agents says how each is and what to do, and leads to their pages', async () => {
  const { show, store, change } = await startPages({ 'codechange/jvAgent.json': { id: 'codechange' } });
  const before = await show(agentsPage);
  expect(before.title).toBe('2 agents');
  expect(before.hrefs).toEqual(expect.arrayContaining(['/agents/codechange', '/agents/codechange/acme']));
  await store.agents.pause(acme);
  change('codechange/broken/jvAgent.json', '{');
  const { title, text } = await show(agentsPage);
  expect(title).toBe('2 of 3 agents cannot work');
  expect(text).toMatch(/codechange\/acme code change paused PAUSED .* Do: Run jvagent resume codechange\/acme\./);
  expect(text).toMatch(/codechange\/broken disabled CONFIG_INVALID agent/);
});

test('each text, tool, model and limit of an agent is told with whose it is, and only the nearest counts', async () => {
  const { show } = await startPages({
    'codechange/jvAgent.json': {
      id: 'codechange',
      defaultModel: 'opus',
      limits: { dayUsdMax: 7, turnUsdMax: 2 },
    },
    'codechange/CLAUDE.md': 'Be brief.',
    'codechange/prompts/planning.md': 'Plan as all do.',
    'codechange/heartbeat.md': 'Look around.',
    'codechange/tools/report.js': '',
    'codechange/acme/CLAUDE.md': 'Speak German.',
    'codechange/acme/prompts/planning.md': 'Plan as Acme does.',
    [config]: customerConfig('acme', { limits: { turnUsdMax: 1 } }),
    'tools/report.js': '',
    'tools/shared.js': '',
  });
  const { data, text, hrefs } = await show(agentPage, ofAcme);
  const from = (kind: string, ...names: string[]) =>
    data.given
      .filter((one) => one.kind === kind && (names.length === 0 || names.includes(one.name)))
      .map(({ name, value, from: whose }) => [name, value, whose]);
  expect(from('instructions')).toEqual([
    ['CLAUDE.md', '9 characters', 'codechange'],
    ['CLAUDE.md', '13 characters', acme],
  ]);
  expect(from('model')).toEqual([['defaultModel', expect.stringContaining('opus'), 'codechange']]);
  expect(from('prompt')).toEqual([['prompts/planning.md', 'codechange/acme/prompts/planning.md', acme]]);
  expect(from('tool')).toEqual([
    ['tools/report.js', 'codechange/tools/report.js', 'codechange'],
    ['tools/shared.js', 'tools/shared.js', 'workspace'],
  ]);
  expect(from('limit', 'dayUsdMax', 'turnUsdMax', 'attemptsMax')).toEqual(
    expect.arrayContaining([
      ['dayUsdMax', '7', 'codechange'],
      ['turnUsdMax', '1', acme],
      ['attemptsMax', expect.any(String), 'platform'],
    ]),
  );
  expect(text).toContain('Inherits from codechange');
  expect(hrefs).toContain('/agents/codechange');
  expect((await show(agentPage, { agent: 'codechange' })).text).toContain('Its files are inherited by codechange/acme');
});

test('the page of an agent names who approves as code, without its marks', async () => {
  const approvers = ['erin@acme.test', 'eve@acme.test'];
  const { devops, ...rest } = customerConfig('acme');
  const { show } = await startPages({ [config]: { ...rest, devops: { ...(devops as object), approvers } } });
  const { text, elements } = await show(agentPage, ofAcme);
  expect(text).toContain('Plans are approved by erin@acme.test or eve@acme.test');
  const codes = elements.filter(({ tagName }) => tagName === 'code').map((one) => textOf(one).replaceAll('`', ''));
  expect(codes).toEqual(expect.arrayContaining(approvers));
});

test('a configuration that is held is shown with every changed line, and can be trusted only at the terminal', async () => {
  const pages = await startPages({ 'codechange/acme/CLAUDE.md': 'Be brief.\nSpeak German.\n' });
  const digest = await trustAcme(pages);
  expect((await pages.show(agentPage, ofAcme)).data.held).toEqual([]);
  pages.change('codechange/acme/CLAUDE.md', 'Be brief.\nSend <img src=x onerror=alert(1)> all.\n');
  const { text, data, actions, elements, title } = await pages.show(agentPage, ofAcme);
  expect(title).toBe(`disabled: ${acme}`);
  expect(data.held.map(({ name, how, lines }) => [name, how, lines])).toEqual([
    [
      `CLAUDE.md of ${acme}`,
      'changed',
      ['@@ line 1', ' Be brief.', '-Speak German.', '+Send <img src=x onerror=alert(1)> all.'],
    ],
  ]);
  expect(text).toContain(`run jvagent trust ${acme}`);
  expect(text).toContain('+Send <img src=x onerror=alert(1)> all.');
  expect(elements.filter(({ tagName }) => tagName === 'img')).toEqual([]);
  expect(actions).toEqual(['/api/pause']);
  expect((await pages.store.agents.get(acme)).trusted?.digest).toBe(digest);
});

test('a change of very many lines does not keep the page waiting, and is left to the command', async () => {
  const lines = (from: number) => Array.from({ length: 12_000 }, (_, n) => `${from + n * 7}`).join('\n');
  const pages = await startPages({ 'codechange/acme/CLAUDE.md': lines(0) });
  await trustAcme(pages);
  pages.change('codechange/acme/CLAUDE.md', lines(1));
  const { data, text } = await pages.show(agentPage, ofAcme);
  expect(data.held.map(({ lines: shown }) => shown)).toEqual([null]);
  expect(text).toContain('The command shows all of them.');
});

test('what was spent today is told of the agent and of each branch that has a limit', async () => {
  const { show, store } = await startPages({
    'codechange/jvAgent.json': { id: 'codechange', limits: { dayUsdMax: 9 } },
    'codechange/other/jvAgent.json': { id: 'codechange/other' },
    [config]: customerConfig('acme', { limits: { dayUsdMax: 4 } }),
  });
  await store.usage.add({ agentId: acme, sessionId: 'main' }, { ...noUsage, usd: 3 });
  await store.usage.add({ agentId: 'codechange/other', sessionId: 'main' }, { ...noUsage, usd: 2 });
  const { text, elements } = await show(agentPage, ofAcme);
  expect(text).toContain('$3.00 of $4.00 This agent');
  expect(text).toContain('$5.00 of $9.00 codechange and all agents below it');
  expect(meters(elements)).toEqual([
    [`Spent today by ${acme}`, '3', '4'],
    ['Spent today by codechange', '5', '9'],
  ]);
  expect(meters((await show(agentsPage)).elements)).toContainEqual([`Spent today by ${acme}`, '3', '4']);
});

test('a look at the board that failed is told with why and the fix, and when it last went well', async () => {
  const { show, store, clock } = await startPages();
  const main = { agentId: acme, sessionId: 'main' };
  await store.agents.set(acme, { lastLookAt: clock.now() - 3_600_000 });
  await store.sessions.ensure(main);
  const claim = { ...main, owner: 'node-1', leaseMs: 60_000, batchMax: 1 };
  const { epoch, claimId } = granted(await store.sessions.claim(claim));
  const why = refuse('OUTSIDE_UNREACHABLE', 'the board answers 503', 'Nothing to do.');
  await store.sessions.release({ ...main, epoch, claimId, end: 'rested', why });
  const { text, data } = await show(agentPage, ofAcme);
  expect(data).toMatchObject({ state: 'failing', lookFailed: { refused: 'OUTSIDE_UNREACHABLE' } });
  expect(text).toMatch(
    /The last look, .* did not succeed\. OUTSIDE_UNREACHABLE The board answers 503\. Nothing to do\./,
  );
  expect(text).toMatch(/Last that succeeded 11:00 UTC \(1 h ago\)/);
  expect(text).toContain('has no heartbeat, so codechange/acme does not look at its board by itself');
});

test('faults of its files are told with file, line and fix, and so is what a look found wrong', async () => {
  const pages = await startPages();
  const digest = await trustAcme(pages);
  const finding = { id: `${acme} board`, status: 'fail' as const, what: 'the token is dead', fix: 'Make a new token.' };
  await pages.store.findings.keep({ agentId: acme, digest }, 'doctor', [finding]);
  const well = await pages.show(agentPage, ofAcme);
  expect(well.text).toMatch(/the token is dead \(seen by doctor at .*\)\. Make a new token\./);
  pages.change(config, '{\n  "id": "codechange/acme",\n  "limits": { "turnUsdMax": "much" }\n}');
  const { text, data } = await pages.show(agentPage, ofAcme);
  expect(data.faults.length).toBeGreaterThan(0);
  expect(text).toMatch(/codechange\/acme\/jvAgent\.json:3 limits\.turnUsdMax: /);
  expect(data.given).toEqual([]);
});

test('an agent can be paused, resumed and released on its page, each where it can be done, and nothing more', async () => {
  const { show, store } = await startPages();
  const acts = async () => (await show(agentPage, ofAcme)).actions;
  expect(await acts()).toEqual(['/api/pause']);
  await store.agents.pause(acme);
  await store.agents.set(acme, { hold: { ...refuse('HOLD', 'the deployment of 12 failed'), since: 1 } });
  expect(await acts()).toEqual([`/api/agents/${acme}/release`, '/api/resume']);
  expect((await show(agentPage, ofAcme)).text).toContain(
    'HOLD Nothing is deployed to its instance: The deployment of 12',
  );
});

test('a proposed change is shown with what it changes and the commands that decide, and the page decides nothing', async () => {
  const agentId = 'impl/acme';
  const { show, store, clock } = await startPages({
    'impl/acme/secrets.env': 'INSTANCE_API_TOKEN=instance-token-1\n',
    'impl/acme/jvAgent.json': {
      id: agentId,
      instance: { name: 'acme', url: 'https://acme.example.com', confirmers: ['erin@acme.example.com'] },
    },
  });
  const key = { agentId, sessionId: 'main' };
  await store.sessions.ensure(key);
  const { epoch, claimId } = granted(
    await store.sessions.claim({ ...key, owner: 'node-1', leaseMs: 60_000, batchMax: 1 }),
  );
  const request = { method: 'PUT', path: '/config/timeout', body: { value: 45 } } as const;
  const before = seenValue({ status: 200, body: { value: 30 } }, (body) => body);
  const expiresAt = clock.now() + 3_600_000;
  const parts = { ...key, request, before, why: '<b>Erin</b> asked.', expiresAt };
  const proposal = { id: 'p1', at: clock.now(), hash: proposalHash(parts), ...parts };
  granted(await store.proposals.add({ ...key, epoch, claimId }, proposal, 'May I?'));
  const { text, actions } = await show(agentPage, { agent: agentId });
  expect(text).toContain('PUT /config/timeout value: 30 -> 45 Why, in the words of the agent: <b>Erin</b> asked.');
  expect(text).toContain('jvagent confirm impl/acme p1 or jvagent decline impl/acme p1');
  expect(text).toContain('Changes of the instance are confirmed in Slack by erin@acme.example.com');
  expect(actions).toEqual(['/api/pause']);
  expect((await show(agentsPage)).text).toMatch(/impl\/acme conversation \w+ 1 to confirm/);
});

test('who may approve, what it may reach and what passes the gate is told in words', async () => {
  const acmeConfig = customerConfig('acme', {
    sandbox: { domains: ['registry.example.com'], domainsInTurn: true },
    approval: { notRequester: true },
  });
  const { devops } = acmeConfig;
  const { show } = await startPages({
    [config]: { ...acmeConfig, devops: { ...devops, approvers: ['erin@acme.example.com'] } },
  });
  const { text } = await show(agentPage, ofAcme);
  expect(text).toContain('erin@acme.example.com, except the person who wrote the work item');
  expect(text).toContain('Hosts of set-up, tests and the engine registry.example.com');
  expect(text).toContain('It gives registry.example.com to the engine (sandbox.domainsInTurn), outside the gate.');
  expect(text).toContain('https://github.com/yourorg/product.git');
});

test('an agent that is not there has no page', async () => {
  const { source } = await startPages();
  expect(await agentPage.read(await source(), { params: { agent: 'codechange' }, query: {} })).toBeUndefined();
});
