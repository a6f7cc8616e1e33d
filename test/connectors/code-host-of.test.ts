/**
 * Whose server the token of the code host reaches: recorded by servers on loopback that stand for hosts of the real world.
 *
 * A connector's fetch finds each host at its server; the requests themselves are the product's.
 */
import { expect, onTestFinished, test } from 'vitest';
import { agentConfigSchema } from '../../src/agents/config/config.ts';
import { systemClock } from '../../src/base/clock.ts';
import { listen } from '../../src/base/http.ts';
import { codeHostOf } from '../../src/connectors/code-host-of.ts';
import { isRefusal, type Refusal } from '../../src/refusal.ts';
import type { CodeHost } from '../../src/work-items/code-host.ts';
import { customerConfig } from '../agents/workspace.ts';

const token = 'token-of-acme-5f1c9a';
const pair = Buffer.from(`:${token}`).toString('base64');

interface Recorder {
  url: string;
  /** Path and authorization of each request. */
  seen: { path: string; authorization: string | null }[];
}

async function record(answer: (path: string) => Response): Promise<Recorder> {
  const seen: Recorder['seen'] = [];
  const listener = await listen(async (request) => {
    const { pathname, search } = new URL(request.url);
    seen.push({ path: pathname + search, authorization: request.headers.get('authorization') });
    return answer(pathname);
  });
  onTestFinished(listener.close);
  return { url: listener.url, seen };
}

/** Every host of the internet that these tests know; another one does not resolve. */
function resolving(hosts: Readonly<Record<string, Recorder>>): typeof globalThis.fetch {
  return (input, init) => {
    const asked = new Request(input, init);
    const { host, pathname, search } = new URL(asked.url);
    const server = hosts[host];
    if (!server) throw new TypeError(`${host} does not resolve`);
    return fetch(`${server.url}${pathname}${search}`, {
      method: asked.method,
      headers: asked.headers,
      redirect: asked.redirect,
    });
  };
}

function hostFor(
  remote: string,
  git: Record<string, unknown>,
  hosts: Record<string, Recorder>,
): Promise<CodeHost | Refusal> {
  const { git: before, ...rest } = customerConfig('acme');
  const { provider: _, ...usual } = before;
  const config = agentConfigSchema.parse({ ...rest, git: { ...usual, ...git } });
  const agent = { id: config.id, config, locations: { remote } } as Parameters<typeof codeHostOf>[0];
  const http = { clock: systemClock, redact: (text: string) => text, fetch: resolving(hosts) };
  return codeHostOf(agent, { token, hasTracker: false, http });
}

const me = () => Response.json({ login: 'acme-agent' });
const identity = () => Response.json({ authenticatedUser: { id: 'i', providerDisplayName: 'Acme agent' } });

test.each([
  [
    'a GitHub Enterprise Server',
    'https://git.acme.example/acme/app.git',
    { provider: 'github' },
    'git.acme.example',
    '/api/v3/user',
  ],
  ['an enterprise at ghe.com', 'https://acme.ghe.com/acme/app.git', {}, 'api.acme.ghe.com', '/user'],
  ['github.com', 'https://github.com/acme/app.git', {}, 'api.github.com', '/user'],
])('%s gets its token, and no other host does', async (_, remote, git, host, path) => {
  const own = await record(me);
  const gitHub = await record(me);
  const codeHost = await hostFor(remote, git, { 'api.github.com': gitHub, [host]: own });
  if (isRefusal(codeHost)) throw new Error(codeHost.why);
  expect(await codeHost.me()).toBe('acme-agent');
  expect(own.seen).toEqual([{ path, authorization: `token ${token}` }]);
  expect(gitHub.seen).toEqual([]);
});

test.each([
  ['https://tfs.example.com/tfs/Main/Web/_git/app', 'tfs.example.com', '/tfs/Main/_apis/connectionData'],
  ['https://acme.visualstudio.com/DefaultCollection/_git/app', 'dev.azure.com', '/acme/_apis/connectionData'],
  ['https://acme.visualstudio.com/_git/app', 'dev.azure.com', '/acme/_apis/connectionData'],
])('of the Azure repository %s only %s gets the token', async (remote, host, path) => {
  const own = await record(identity);
  const gitHub = await record(me);
  const codeHost = await hostFor(remote, {}, { 'api.github.com': gitHub, [host]: own });
  if (isRefusal(codeHost)) throw new Error(codeHost.why);
  await codeHost.me().catch(() => {});
  expect(own.seen.map((request) => [request.path.split('?')[0], request.authorization])).toEqual([
    [path, `Basic ${pair}`],
  ]);
  expect(gitHub.seen).toEqual([]);
});

test.each(['https://gitlab.com/acme/app.git', 'https://git.acme.example/acme/app.git'])(
  '%s, where nothing says what it is, is refused before a request',
  async (remote) => {
    expect(await hostFor(remote, {}, {})).toMatchObject({
      refused: 'CONFIG_INVALID',
      why: expect.stringContaining('GIT_REMOTE is at'),
    });
  },
);

test.each([301, 302, 307, 308])(
  'a redirect (%i) to another host is not followed, at GitHub or at Azure Repos',
  async (status) => {
    const elsewhere = await record(me);
    const moving = await record(
      (path) => new Response(null, { status, headers: { location: `${elsewhere.url}${path}` } }),
    );
    const hosts = { 'api.github.com': moving, 'dev.azure.com': moving };
    for (const remote of ['https://github.com/acme/app.git', 'https://dev.azure.com/acme/Web/_git/app']) {
      const codeHost = await hostFor(remote, {}, hosts);
      if (isRefusal(codeHost)) throw new Error(codeHost.why);
      await expect(codeHost.me()).rejects.toThrow();
    }
    expect(moving.seen.length).toBeGreaterThan(1);
    expect(elsewhere.seen).toEqual([]);
  },
);

test('pages are counted, not followed: a next link to another host is ignored', async () => {
  const elsewhere = await record(me);
  const runs = Array.from({ length: 100 }, (_, id) => ({
    id,
    user: null,
    body: null,
    state: 'open',
    created_at: '2026-01-01T00:00:00Z',
  }));
  const link = { link: '<https://evil.example/repos?page=2>; rel="next"' };
  const own = await record(() => Response.json(runs, { headers: link }));
  const codeHost = await hostFor(
    'https://github.com/acme/app.git',
    {},
    { 'evil.example': elsewhere, 'api.github.com': own },
  );
  if (isRefusal(codeHost)) throw new Error(codeHost.why);
  await codeHost.notes(7).catch(() => {});
  expect(own.seen.some(({ path }) => path.includes('page=2'))).toBe(true);
  expect(elsewhere.seen).toEqual([]);
});
