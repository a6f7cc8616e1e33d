/** What doctor says of a company's network: its settings, and what keeps the systems from being reached. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { writeDemoWorkspace } from '../../../src/cli/demo/workspace.ts';
import type { Finding } from '../../../src/status/finding.ts';
import { openCompany, proxyPassword } from '../../outbound/company.ts';
import { startEmulated } from '../emulated.ts';

// Who runs the tests may be behind a proxy too.
beforeEach(() => {
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS'])
    for (const spelt of [name, name.toLowerCase()]) vi.stubEnv(spelt, '');
});
afterEach(() => vi.unstubAllEnvs());

async function startBehindProxy() {
  const { folder, root, emulators, run } = await startEmulated();
  const company = await openCompany(emulators, folder);
  onTestFinished(company.close);
  writeDemoWorkspace(root, company.emulators, [{ tenant: 'acme', provider: 'azure-repos' }]);
  const doctor = async (changed: Record<string, string | undefined> = {}) => {
    const own = { JVAGENT_API_TOKEN: 'operates-the-dashboard', JVAGENT_VIEW_TOKEN: 'reads-the-dashboard' };
    const env = Object.entries({ ANTHROPIC_API_KEY: 'sk-no-key-at-all', ...own, ...company.env, ...changed });
    const lines = env.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}\n`]));
    writeFileSync(join(root, '.env'), lines.join(''), { mode: 0o600 });
    const { out, code } = await run('doctor', 'codechange/acme', '--no-model', '--json');
    const found = JSON.parse(out) as Finding[];
    const of = (id: string) => found.find((each) => each.id.endsWith(id));
    return { out, code, of, bad: found.filter(({ status }) => status !== 'ok').map(({ id }) => id) };
  };
  return { company, doctor };
}

test('behind an intercepting proxy all is well with three settings, which are shown without the password', async () => {
  const { company, doctor } = await startBehindProxy();
  const { out, code, of, bad } = await doctor({ NO_PROXY: '10.0.0.0/8' });
  expect({ code, bad }).toEqual({ code: 0, bad: [] });
  const proxy = new URL(company.proxy.url).host;
  const file = company.env.NODE_EXTRA_CA_CERTS;
  expect(of('network')?.what).toBe(
    `https goes through the proxy ${proxy}; NO_PROXY is 10.0.0.0/8; 1 certificate of ${file} is trusted too`,
  );
  expect(out).not.toContain(proxyPassword);
});

test('without the authority of the proxy, each system says what keeps it from being reached', async () => {
  const { doctor } = await startBehindProxy();
  const strange = await doctor({ NODE_EXTRA_CA_CERTS: undefined });
  expect(strange.code).toBe(1);
  const untrusted = (host: string) => ({
    code: 'OUTSIDE_UNREACHABLE',
    what: expect.stringMatching(`the certificate of ${host} is signed by .*which this machine does not trust`),
    fix: expect.stringMatching(/^Set NODE_EXTRA_CA_CERTS in \.env /),
  });
  expect(strange.of('board-token')).toMatchObject(untrusted('boards.example'));
  expect(strange.of('code-token')).toMatchObject(untrusted('boards.example'));
  expect(strange.of('branch')).toMatchObject(untrusted('boards.example'));
  expect(strange.of('instance')).toMatchObject(untrusted('product.example'));
  expect(strange.of('board-token')?.what).toMatch(/signed by Sandbox proxy \w+,/);
});
