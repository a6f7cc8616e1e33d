/** The dashboard against those who write what it shows, those who may only look, and other sites in the same browser. */
import { mkdirSync } from 'node:fs';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { expect, test } from 'vitest';
import type { AgentId } from '../../src/agents/agent-id.ts';
import type { SessionId } from '../../src/broker/session-id.ts';
import { proposalHash, seenValue } from '../../src/conversations/proposal.ts';
import { placesIn, repositoryFolderOf } from '../../src/git/git-program.ts';
import { refuse } from '../../src/refusal.ts';
import { pages } from '../../src/web/pages/pages.ts';
import type { LifecycleEvent } from '../../src/work-items/lifecycle/events.ts';
import { writePlan } from '../../src/work-items/plan.ts';
import { customerConfig } from '../agents/workspace.ts';
import { acme } from '../cli/fixture.ts';
import { commitFiles, makeBare } from '../git/fixture.ts';
import { rules } from '../store/fixture.ts';
import { apiToken, openDashboard, viewToken } from '../web/dashboard.ts';

/** Stands in all that others write, so that a page on which it became more than words is known by it. */
const mark = 'zq7x';
const hostile = [
  `"><${mark}-tag ${mark}-name="1"><script>alert(1)</script>`,
  `' ${mark}-name='1' onfocus='alert(1)' autofocus='`,
  `</title></textarea></pre></main><style>*{display:none}</style><base href="//${mark}.example/">`,
  `[click](javascript:alert(1)//${mark}) ![x](http://${mark}.example/x.png) <img src=x onerror=alert(1)>`,
  `<meta http-equiv="refresh" content="0;url=http://${mark}.example/"><iframe srcdoc="${mark}"></iframe>`,
  `&lt;script&gt;${mark}&lt;/script&gt; \u202e\u2066 javascript:alert('${mark}')`,
].join(' ');

type Dashboard = Awaited<ReturnType<typeof openDashboard>>;

/** Gives work items of acme turns in which everything that others write is hostile. */
async function fillHostile({ store, clock, path }: Dashboard): Promise<void> {
  const { gitDir, home } = placesIn(repositoryFolderOf(path('.jvagent'), acme));
  for (const folder of [gitDir, home]) mkdirSync(folder, { recursive: true });
  await makeBare(gitDir);
  const baseSha = await commitFiles(gitDir, 'base', { 'a.js': hostile });
  const sha = await commitFiles(gitDir, 'ours', { 'a.js': null, [hostile.replaceAll('/', '')]: hostile }, baseSha);
  async function turn(workItemId: number, events: readonly LifecycleEvent[]): Promise<void> {
    const key = { agentId: acme, sessionId: `wi-${workItemId}` };
    await store.sessions.ensure(key);
    const claim = await store.sessions.claim({ ...key, owner: 'node-1', leaseMs: 60_000, batchMax: 1 });
    if (!claim) throw new Error('somebody else has the session');
    const now = { ...key, epoch: claim.epoch, claimId: claim.claimId };
    for (const event of events) await store.items.apply({ ...now, event, rules });
    const kinds = [
      'text',
      'decision',
      'phase',
      'waits',
      'broke',
      'bug',
      'effect',
      'warning',
      'memory',
      'reply',
      'sent',
      'unsent',
      'ask',
      'ignored',
      'mail',
    ];
    const values = { text: hostile, tool: hostile, input: { [hostile]: hostile }, result: { outcome: hostile } };
    const entries = [...kinds, 'tool-call', 'tool-result', 'tool-error', hostile].map((kind) => ({
      at: clock.now(),
      kind,
      ...values,
    }));
    await store.log.append(key, entries);
    if (workItemId !== 15) await store.sessions.release({ ...now, end: 'rested' });
  }
  const texts = { summary: hostile, steps: [hostile], tests: [hostile], risks: hostile, rollback: hostile };
  const plan = writePlan(
    12,
    { ...texts, files: [{ path: `src/${mark}"><b>.js`, change: 'edit' }] },
    { outOfPlan: 'block', targetBranch: hostile },
  );
  const person = { id: hostile, name: hostile, mail: hostile };
  const found: LifecycleEvent = { kind: 'found', title: hostile, type: hostile };
  const planned: LifecycleEvent = { kind: 'plan-submitted', ...plan, baseSha, contentHash: 'c' };
  const approved = {
    kind: 'approved' as const,
    approval: { rev: 7, by: person, at: 1 },
    branch: `feature/acme-${hostile}`,
  };
  const tests = { passed: true, command: hostile, output: hostile, seconds: 1 };
  const { branch } = approved;
  await turn(12, [
    found,
    planned,
    approved,
    { kind: 'change-made', sha, summary: hostile, deliver: 'pull-request', words: { title: hostile, body: hostile } },
    { kind: 'effect-done', intent: { kind: 'test', sha, nth: 1 }, result: { tests } },
    { kind: 'effect-done', intent: { kind: 'push', sha, branch }, result: {} },
    {
      kind: 'effect-done',
      intent: { kind: 'open-pr', branch, sha, nth: 1 },
      result: { number: 3, url: `javascript:alert("${mark}")` },
    },
  ]);
  const reached = (await store.sessions.get(acme, 'wi-12'))?.item;
  expect([reached?.phase, reached?.review?.number]).toEqual(['pr-created', 3]);
  await turn(13, [found, { kind: 'question-asked', question: hostile }]);
  await turn(14, [found, { kind: 'gave-up', refusal: refuse('ATTEMPTS', hostile, hostile) }]);
  await turn(15, [
    found,
    planned,
    { kind: 'gate-refused', refusal: refuse('GATE_ACTOR', hostile, hostile), rev: 3, by: person },
  ]);
  const slack = { agentId: acme, sessionId: 'slack-t1-c1-1-2' };
  await store.sessions.ensure(slack);
  await store.log.append(slack, [
    { at: clock.now(), kind: 'heard', text: `${hostile} says: ${hostile}`, tool: hostile },
  ]);
  const place = { app: hostile, channel: hostile, root: hostile, team: hostile };
  const thread = { agentId: acme as AgentId, sessionId: slack.sessionId as SessionId };
  await store.threads.bind({ ...place, ...thread, at: clock.now() });
  await store.agents.set(acme, { hold: { ...refuse('HOLD', hostile, hostile), since: 1 } });
  const act = { actor: `person/${hostile}`, action: hostile, target: hostile, argsDigest: 'd'.repeat(64) };
  await store.audit.append({ agentId: acme, sessionId: 'wi-12', ...act, outcome: 'done' });
}

/** Gives acme a configuration that is held, a proposal and costs, in which everything that others write is hostile. */
async function holdHostile({ store, clock }: Dashboard): Promise<void> {
  const key = { agentId: acme, sessionId: 'slack-t1-c1-1-2' } as const;
  await store.agents.set(acme, { trusted: { digest: 'd', steering: { 'autoRun.enabled': '1', [hostile]: hostile } } });
  const claim = await store.sessions.claim({ ...key, owner: 'node-1', leaseMs: 60_000, batchMax: 1 });
  const request = { method: 'PUT', path: `/${hostile}`, body: { [hostile]: hostile } } as const;
  const before = seenValue({ status: 200, body: { [hostile]: 1 } }, (body) => body);
  const parts = { ...key, request, before, why: hostile, expiresAt: clock.now() + 3_600_000 };
  const proposal = { id: 'p1', at: clock.now(), hash: proposalHash(parts), ...parts };
  await store.proposals.add({ ...key, epoch: claim?.epoch ?? 0, claimId: claim?.claimId ?? '' }, proposal, hostile);
  expect(await store.proposals.open(acme)).toHaveLength(1);
  await store.usage.add({ ...key, agentId: hostile }, { usd: 1, tokens: { input: 1, cached: 1, output: 1 }, turns: 1 });
}

/** An address of each page, with names that there are. */
const names: Readonly<Record<string, string>> = {
  agent: acme,
  item: '12',
  session: 'wi-12',
  thread: 'slack-t1-c1-1-2',
};
const addressOf = (pattern: string, given = names) =>
  pattern.replace(/:(\w+)(\{(?:[^{}]|\{[^}]*\})*\})?/g, (_, name: string) => {
    const value = given[name];
    if (value === undefined) throw new Error(`this test has no name for :${name} of ${pattern}`);
    return value;
  });
const ofItems = pages.filter(({ path }) => path.includes(':item'));
const addresses = [
  ...pages.map(({ path }) => addressOf(path)),
  ...ofItems.flatMap(({ path }) => ['13', '14', '15'].map((item) => addressOf(path, { ...names, item }))),
  ...pages
    .filter(({ path }) => path.includes(':session'))
    .map(({ path }) => addressOf(path, { ...names, session: 'slack-t1-c1-1-2' })),
];
const twins = pages.map(({ api }) => addressOf(api));

type Element = DefaultTreeAdapterTypes.Element;

function elementsIn(markup: string): Element[] {
  const all: Element[] = [];
  const visit = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('tagName' in node) all.push(node);
    if ('childNodes' in node) node.childNodes.forEach(visit);
    if ('content' in node) visit(node.content);
  };
  visit(parse(markup));
  return all;
}

const closed = /^(style|iframe|frame|object|embed|base|svg|math|img|video|audio|template|portal)$/;
const urls = /^(href|src|action|formaction|ping|poster|data|srcset|cite|background|hx-(get|post|put|patch|delete))$/;

/** What is in a page that nobody but us may have put there. */
function breaches(markup: string): string[] {
  return elementsIn(markup).flatMap(({ tagName, attrs, childNodes }) => {
    // Our plots say what they are, or that they are nothing to read; nobody else's drawings are let in.
    const isPlot = tagName === 'svg' && attrs.some(({ name }) => name === 'role' || name === 'aria-hidden');
    const found = (closed.test(tagName) && !isPlot) || tagName.includes(mark) ? [`<${tagName}>`] : [];
    if (tagName === 'script' && childNodes.length > 0) found.push('a script of its own');
    if (tagName === 'meta' && attrs.some(({ name }) => name === 'http-equiv')) found.push('meta http-equiv');
    for (const { name, value } of attrs) {
      if (/^on|^style$|^srcdoc$|^hx-on/.test(name) || name.includes(mark)) found.push(`${tagName} ${name}`);
      if (!urls.test(name)) continue;
      const isOurs = value.startsWith('/') && !value.startsWith('//');
      if (!(isOurs || value.startsWith('#') || /^https?:\/\//.test(value))) found.push(`${tagName} ${name}=${value}`);
      if ((tagName !== 'a' && !value.startsWith('/')) || new RegExp(`//${mark}`).test(value))
        found.push(`${tagName} ${name}=${value}`);
    }
    return found;
  });
}

const page = { accept: 'text/html' };

test('DB-02 what others write stays words on every page: no element, attribute or address comes from it', async () => {
  const config = customerConfig('acme', { name: hostile, description: hostile, unknown: { [hostile]: hostile } });
  const dashboard = await openDashboard({ files: { [`${acme}/jvAgent.json`]: config } });
  await fillHostile(dashboard);
  const cookie = await dashboard.login();
  let shown = 0;
  for (const address of addresses) {
    for (const query of [
      '',
      `?agent=${encodeURIComponent(hostile)}&phase=${encodeURIComponent(hostile)}&q=${encodeURIComponent(hostile)}`,
    ]) {
      const answer = await dashboard.ask(address + query, { cookie, headers: page });
      const markup = await answer.text();
      expect([address, query, answer.status]).toEqual([address, query, 200]);
      expect([address, query, breaches(markup)]).toEqual([address, query, []]);
      shown += markup.split(mark).length - 1;
    }
  }
  // It was there to be shown.
  const change = await dashboard.ask(`/items/${acme}/12/diff`, { cookie, headers: page });
  expect(await change.text()).toMatch(new RegExp(`<ins>.*${mark}`));
  expect(shown).toBeGreaterThan(100);
  await holdHostile(dashboard);
  for (const address of ['/', '/agents', `/agents/${acme}`, '/costs']) {
    const markup = await (await dashboard.ask(address, { cookie, headers: page })).text();
    expect([address, breaches(markup), markup.includes(mark)]).toEqual([address, [], true]);
  }
});

test('DB-04 who may only look changes nothing, by any way in', async () => {
  const { ask, login, store } = await openDashboard();
  await store.agents.set(acme, { hold: { ...refuse('HOLD', 'it failed'), since: 1 } });
  const before = JSON.stringify([
    await store.platform.pausedAt(),
    await store.agents.get(acme),
    await store.messages.unrouted(9),
  ]);
  const posts = [
    '/api/pause',
    '/api/resume',
    '/api/messages',
    '/api/login-codes',
    `/api/agents/${acme}/release`,
    ...['cancel', 'retry', 'rollback'].map((act) => `/api/items/${acme}/12/${act}`),
  ];
  const cookie = await login(viewToken);
  const draft = { to: `agent/${acme}`, command: 'ask', payload: { text: 'x' } };
  // A page for who may only look has no form at all, but the one that ends the login.
  for (const address of pages.map(({ path }) => path).filter((path) => !path.includes(':'))) {
    const forms = elementsIn(await (await ask(address, { cookie, headers: page })).text()).filter(
      ({ tagName }) => tagName === 'form',
    );
    const changing = forms.filter(({ attrs }) =>
      attrs.some(({ name, value }) => name === 'method' && value === 'post'),
    );
    expect([address, changing.map(({ attrs }) => attrs.find(({ name }) => name === 'action')?.value)]).toEqual([
      address,
      ['/logout'],
    ]);
  }
  const formToken =
    /name="formToken" value="([^"]+)"/.exec(await (await ask('/', { cookie, headers: page })).text())?.[1] ?? '';
  // Whatever is added behind the guard is closed too.
  for (const path of [...posts, '/', '/api/anything', '/login-codes']) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const sent of [
        { bearer: viewToken, json: draft },
        { cookie, form: { formToken, ...draft, payload: '' } },
      ]) {
        const { status } = await ask(path, { ...sent, method });
        expect([path, method, status]).toEqual([path, method, 403]);
      }
    }
  }
  const after = JSON.stringify([
    await store.platform.pausedAt(),
    await store.agents.get(acme),
    await store.messages.unrouted(9),
  ]);
  expect(after).toBe(before);
});

test('DB-01 no page and no twin is answered under another Host or to another Origin, with a login and with a token', async () => {
  const { ask, login, ...filled } = await openDashboard();
  await fillHostile({ ask, login, ...filled });
  const cookie = await login();
  const foreign = [
    ...[
      'evil.example',
      'evil.example:7460',
      '127.0.0.1.evil.example:7460',
      'localhost.evil.example',
      '127.0.0.1:80',
      '0.0.0.0:7460',
    ].map((host) => ({ host })),
    ...['http://evil.example', 'null', 'http://127.0.0.1:8080', 'https://127.0.0.1:7460', 'file://'].map((origin) => ({
      origin,
    })),
  ];
  for (const path of [...addresses, ...twins, '/metrics', '/api/events', '/healthz', '/login']) {
    for (const headers of foreign) {
      for (const sent of [{ cookie }, { bearer: apiToken }]) {
        const answer = await ask(path, { ...sent, headers });
        expect([path, headers, answer.status]).toEqual([path, headers, 'host' in headers ? 421 : 403]);
        expect(await answer.text()).not.toContain(mark);
      }
    }
  }
});

test('DB-03 nothing but healthz and the login answers without a token, and no token is read from an address', async () => {
  const { ask } = await openDashboard();
  const posts = ['/api/pause', '/api/resume', '/api/messages', '/api/login-codes', '/logout'];
  for (const path of [...addresses, ...twins, '/metrics', '/api/events', ...posts]) {
    for (const query of ['', `?token=${apiToken}`, `?access_token=${apiToken}`, `?code=${apiToken}`]) {
      for (const method of posts.includes(path) ? ['GET', 'POST'] : ['GET']) {
        const { status } = await ask(path + query, { method });
        expect([path, query, method, status]).toEqual([path, query, method, 401]);
      }
    }
  }
  expect((await ask('/healthz')).status).toBe(200);
  expect((await ask(`/login?code=${apiToken}`)).headers.get('set-cookie')).toBeNull();
});
