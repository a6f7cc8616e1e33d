/** GitHub as a world of the code hosts' shared cases, with its people's own calls. */
import { createFaults } from '../../emulators/control/faults.ts';
import { listen } from '../../src/base/http.ts';
import { createGitHub } from '../../src/connectors/github/github.ts';
import { startGitWorld } from '../emulators/git-world.ts';
import type { CodeHostWorld, Role } from './code-host.ts';
import { httpFor } from './connector-world.ts';

export async function startGitHubWorld(): Promise<CodeHostWorld> {
  const world = await startGitWorld();
  const faults = createFaults();
  const watched = await listen(faults.wrap('github', world.github.fetch));
  const tokenOf = (role: Role) =>
    role === 'other-tenant' ? 'globex-agent-token' : role === 'dead' ? 'dead-token-123' : `acme-${role}-token`;
  const shaOf = async (branch: string) => (await world.repository.branches()).get(branch) ?? '';

  async function call(method: string, path: string, body?: unknown, role: Role = 'engineer') {
    const response = await fetch(`${world.apiUrl}/repos/acme/jsonpointer${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tokenOf(role)}`,
        'user-agent': 'test',
        accept: 'application/vnd.github+json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as Record<string, unknown>;
  }

  return {
    target: 'github',
    faults,
    as(role, answersFolder) {
      const token = tokenOf(role);
      return createGitHub({
        apiUrl: watched.url,
        owner: 'acme',
        repository: 'jsonpointer',
        token,
        http: { ...httpFor(token), answersFolder },
      });
    },
    nameOf: (role) => `acme-${role}`,
    async push(branch, from = 'customer/acme', role = 'agent') {
      const file = `${branch.replaceAll('/', '-')}-${role}.txt`;
      await world.pushBranch(branch, file, 'x\n', from, world.remote('acme', tokenOf(role)));
      return shaOf(branch);
    },
    shaOf,
    byHand: {
      async open(branch) {
        const wanted = { title: 't', head: branch, base: 'customer/acme' };
        return Number((await call('POST', '/pulls', wanted, 'agent')).number);
      },
      async publish(number) {
        const url = `${world.apiUrl}/acme/jsonpointer/pull/${number}/ready`;
        const headers = { origin: world.apiUrl, 'content-type': 'application/x-www-form-urlencoded' };
        await fetch(url, { method: 'POST', headers, redirect: 'manual' });
      },
      merge: async (number, how) => void (await call('PUT', `/pulls/${number}/merge`, { merge_method: how })),
      close: async (number) => void (await call('PATCH', `/pulls/${number}`, { state: 'closed' })),
      retarget: async (number, base) => void (await call('PATCH', `/pulls/${number}`, { base })),
      comment: async (number, role, body) => void (await call('POST', `/issues/${number}/comments`, { body }, role)),
      async requestChanges(number, body) {
        await call('POST', `/pulls/${number}/reviews`, { event: 'REQUEST_CHANGES', body });
      },
      async check(number, name, state, description, at) {
        const states = { pending: 'pending', passed: 'success', failed: 'failure' };
        const sha = at ?? ((await call('GET', `/pulls/${number}`)).head as { sha: string }).sha;
        await call('POST', `/statuses/${sha}`, { state: states[state], description, context: name });
      },
      approve: async (number) => void (await call('POST', `/pulls/${number}/reviews`, { event: 'APPROVE' })),
    },
    async close() {
      await Promise.all([watched.close(), world.close()]);
    },
  };
}
