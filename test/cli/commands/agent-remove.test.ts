/** `agent remove`: out of the workspace without losing secrets by a slip, and never while work goes on. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { opaqueId } from '../../../src/base/opaque-id.ts';
import { customerConfig } from '../../agents/workspace.ts';
import { acme, createCliWorkspace, findItem, session } from '../fixture.ts';

const globex = 'codechange/globex';

function createTwoAgents() {
  return createCliWorkspace({
    'codechange/acme/secrets.env': 'GIT_TOKEN=git-token-of-acme\n',
    'codechange/globex/jvAgent.json': customerConfig('globex'),
  });
}

test('a removed agent is gone, its files and secrets are kept aside, its state stays, and the act is in the audit log', async () => {
  const { root, run, fill } = createTwoAgents();
  await fill((store) => store.agents.set(acme, { identities: ['agent-1'] }));
  const { code, out } = await run('agent', 'remove', acme);
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('.jvagent/removed/codechange.acme-') });
  expect((await run('agent', 'list')).out).not.toContain(acme);
  expect((await run('agent', 'list')).out).toContain(globex);
  const removed = join(root, '.jvagent/removed');
  expect(statSync(removed).mode & 0o777).toBe(0o700);
  const [kept = ''] = readdirSync(removed);
  const secrets = join(removed, kept, 'secrets.env');
  expect(readFileSync(secrets, 'utf8')).toContain('git-token-of-acme');
  expect(statSync(secrets).mode & 0o777).toBe(0o600);
  expect(await fill((store) => store.agents.allIdentities())).toEqual(['agent-1']);
  const entries = JSON.parse((await run('audit', 'export', acme, '--json')).out);
  expect(entries).toMatchObject([{ action: 'agent-remove', actor: expect.stringMatching(/^person\//) }]);
});

test('a purge deletes files, sessions and state of this agent alone, and keeps audit log and costs', async () => {
  const { run, fill, path, write } = createTwoAgents();
  const kinds = ['trees', 'cache', 'repos'];
  for (const kind of kinds) for (const id of [acme, globex]) write(`.jvagent/${kind}/${opaqueId(id)}/file`, 'source');
  const other = { agentId: globex, sessionId: 'wi-12' };
  await fill(async (store) => {
    await findItem(store);
    await store.sessions.ensure(other);
    await store.usage.add(session, { usd: 0.5, tokens: { input: 1, cached: 2, output: 3 }, turns: 1 });
    await store.agents.set(acme, { identities: ['agent-1'] });
    await store.agents.set(globex, { identities: ['agent-2'] });
    for (const agentId of [acme, globex]) {
      await store.findings.keep({ agentId, digest: 'd' }, 'doctor', [{ id: 'x', status: 'fail', what: 'w', fix: 'f' }]);
      const to = `agent/${agentId}/session/chat`;
      await store.messages.add({ id: agentId, to, from: 'person/erin', command: 'chat', payload: {}, at: 1 });
    }
  });
  await run('pause', acme);
  expect(await run('agent', 'remove', acme, '--purge')).toMatchObject({ code: 0, err: '' });
  expect(existsSync(path(acme))).toBe(false);
  await fill(async (store) => {
    expect(await store.sessions.list(acme)).toEqual([]);
    expect(await store.log.list({ ...session, max: 10 })).toEqual([]);
    expect(await store.sessions.list(globex)).toHaveLength(1);
    expect(await store.agents.allIdentities()).toEqual(['agent-2']);
    expect(await store.findings.list({ agentId: acme, digest: 'd' })).toEqual([]);
    expect(await store.findings.list({ agentId: globex, digest: 'd' })).toHaveLength(1);
    expect(await store.messages.get(acme)).toBeUndefined();
    expect(await store.messages.get(globex)).toBeDefined();
  });
  for (const kind of kinds) expect(readdirSync(path(`.jvagent/${kind}`))).toEqual([opaqueId(globex)]);
  expect((await run('costs')).out).toContain(acme);
  expect((await run('audit', 'tail')).out).toContain('agent-remove-purge');
});

test('work items in work keep an agent, unless it is paused; a running turn keeps it in any case', async () => {
  const { run, fill, path } = createTwoAgents();
  await fill(findItem);
  const refused = await run('agent', 'remove', acme);
  expect(refused).toMatchObject({
    code: 1,
    err: expect.stringMatching(/has work items in work: wi-12\n.*jvagent cancel .* 12/),
  });
  await run('pause', acme);
  await fill((store) => store.sessions.claim({ ...session, owner: 'node-1', leaseMs: 60_000, batchMax: 1 }));
  expect((await run('agent', 'remove', acme)).err).toMatch(/has a running turn: wi-12\n.*jvagent status/);
  expect(existsSync(path(acme))).toBe(true);
});

test('an agent with others below it stays until they are gone', async () => {
  const { run, write, path } = createTwoAgents();
  write('codechange/jvAgent.json', { id: 'codechange' });
  const refused = await run('agent', 'remove', 'codechange');
  expect(refused.err).toContain(`codechange has agents below it: ${acme}, ${globex}`);
  expect(existsSync(path('codechange/jvAgent.json'))).toBe(true);
});
