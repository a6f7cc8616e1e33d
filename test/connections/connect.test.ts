/** What leaves by an agent's connectors, as the other side keeps it. */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoSource } from '../../emulators/demo-repository/model-script.ts';
import { createEngineer } from '../../emulators/engineer.ts';
import { type Emulators, startEmulators } from '../../emulators/start.ts';
import type { AgentId } from '../../src/agents/agent-id.ts';
import { loadAgent } from '../../src/agents/load-agent.ts';
import { secretsToHide } from '../../src/agents/secrets/credentials.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createRedact } from '../../src/base/redact.ts';
import { writeDemoWorkspace } from '../../src/cli/demo/workspace.ts';
import { type Connections, connect } from '../../src/connections/connect.ts';
import type { PermitBinding, PermitKind } from '../../src/work-items/gate/permit.ts';
import { permit } from '../conformance/connector-world.ts';
import { accepted } from '../git/fixture.ts';
import { direct } from '../outbound/direct.ts';

const secret = 'token-of-the-crm';
const folder = mkdtempSync(join(tmpdir(), 'connect-'));
let emulators: Emulators;
let connections: Connections;

beforeAll(async () => {
  const root = join(folder, 'workspace');
  emulators = await startEmulators({ folder: join(folder, 'code'), source: demoSource, script: { scenes: [] } });
  writeDemoWorkspace(root, emulators, [{ tenant: 'acme' }]);
  appendFileSync(join(root, 'codechange/acme/secrets.env'), `CRM_TOKEN=${secret}\n`);
  const loaded = loadAgent({ root, home: root, id: 'codechange/acme' as AgentId, agentFolders: [] });
  if ('faults' in loaded) throw new Error(loaded.faults[0].message);
  const { agent, secrets } = loaded;
  if (agent.kind !== 'code-change') throw new Error('the agent of acme changes code');
  const redact = createRedact(secretsToHide(secrets, agent.config));
  const wanted = { agent, secrets, redact, clock: systemClock, repositoryFolder: join(folder, 'repository') };
  connections = accepted(await connect({ ...wanted, allowLoopback: true, outbound: direct }));
});
afterAll(async () => {
  await emulators.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a comment and a pull request show the mark instead of a secret, no matter who wrote it', async () => {
  const { tracker, codeHost, repository, tenant } = connections;
  const workItemId = await createEngineer(emulators, 'acme').file({ type: 'Bug', title: 'A bug', description: '' });
  const tile = await tracker.tile(workItemId);
  const permitFor = (kind: PermitKind, more: Partial<PermitBinding> = {}) =>
    permit(kind, { tenant, workItemId, rev: tile?.rev ?? 0, ...more });
  const { text } = await tracker.addComment(permitFor('report'), workItemId, `The remote said ${secret}.`);
  expect(text).toContain('jvagent-redacted:CRM_TOKEN');
  expect(JSON.stringify(await tracker.comments(workItemId))).not.toContain(secret);

  const { targetSha } = await repository.fetch();
  const branch = `feature/acme-${workItemId}`;
  const draft = { branch, sha: targetSha, base: repository.targetBranch, draft: true };
  const opened = codeHost.open(permitFor('open-pr', { branch, sha: targetSha }), {
    ...draft,
    title: `fix: ${secret}`,
    body: `It printed ${secret}.`,
  });
  await opened.catch(() => {});
  const sent = emulators.faults.requests().filter(({ target, method }) => target === 'github' && method === 'POST');
  expect(sent.map(({ bodyText }) => bodyText).join()).toContain('It printed [jvagent-redacted:CRM_TOKEN].');
  expect(JSON.stringify(emulators.faults.requests())).not.toContain(secret);
});
