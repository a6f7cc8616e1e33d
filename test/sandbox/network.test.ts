/** What a program in the sandbox reaches through its network, with real programs and a real registry on loopback. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { listenServer } from '../../src/base/http.ts';
import { createLog } from '../../src/base/log.ts';
import { openOutbound } from '../../src/outbound/outbound.ts';
import { createAuthority } from '../../src/sandbox/certificate.ts';
import { insideHome, insidePath, nodeProgram } from '../../src/sandbox/layout.ts';
import { type NetworkOptions, openNetwork } from '../../src/sandbox/network.ts';
import { reachFrom } from '../../src/sandbox/reach.ts';
import { registryOf } from '../../src/sandbox/registry.ts';
import { runSandboxed } from '../../src/sandbox/run-sandboxed.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { direct, toLoopback } from '../outbound/direct.ts';
import { startInterceptingProxy } from '../outbound/intercepting-proxy.ts';
import { canary, startPackageRegistry } from './package-registry.ts';

const sandbox = createSandbox({ sandboxUid: 20001, processesMax: 256, memoryMb: 2_000 });

async function enter(more: Partial<NetworkOptions>, files: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-network-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const tree = join(folder, 'tree');
  mkdirSync(tree);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(tree, name), text);
  await sandbox.own(tree);
  const network = await openNetwork({
    folder: join(folder, 'run'),
    domains: [],
    registries: [],
    ...toLoopback,
    refused: () => {},
    clock: systemClock,
    log: createLog('test', 'silent'),
    ...more,
  });
  onTestFinished(network.close);
  const shell = async (script: string) => {
    const spec = {
      program: '/bin/bash',
      args: ['-c', script],
      env: { PATH: insidePath, HOME: insideHome },
      cwd: '/tree',
      mounts: [nodeProgram(), { source: tree, target: '/tree', writable: true }],
    };
    return runSandboxed(sandbox, network.through(spec), { timeoutMs: 20_000, outputBytesMax: 64 << 10 });
  };
  return { tree, shell };
}

async function listenerThatCounts(body = 'open') {
  let connections = 0;
  const server = createServer((_, response) => response.end(body)).on('connection', () => {
    connections += 1;
  });
  const listener = await listenServer(server);
  onTestFinished(listener.close);
  return { ...listener, connections: () => connections };
}

describe('a program in the sandbox', () => {
  it('installs from a registry whose token it never sees', async () => {
    const packages = await startPackageRegistry();
    onTestFinished(packages.close);
    const { tree, shell } = await enter({ registries: [registryOf(packages.host, canary)] }, packages.project());
    const search = `{ env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline /etc/* ~/.npm/_logs/* 2>/dev/null; } | tr '\\0' '\\n'; grep -rsD skip . /tree /run; true`;
    const { code, output } = await shell(`npm ci >&2; node -p 'require("tiny")'; ${search}`);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('\n42\n') });
    expect(output).not.toContain(canary);
    expect(readFileSync(join(tree, 'node_modules/tiny/tiny.js'), 'utf8')).toContain('42');
    expect(packages.requests.map(({ path }) => path)).toEqual(['/tiny/-/tiny-1.0.0.tgz']);
  });

  it('speaks TLS with a registry, and the proxy with the real one', async () => {
    const host = 'packages.example';
    const real = createAuthority(Date.now());
    const packages = await startPackageRegistry(real.issue(host));
    onTestFinished(packages.close);
    const reachOf = () => async () => ({ address: '127.0.0.1', port: packages.port });
    const outbound = openOutbound({ noProxy: '', authorities: [real.certificate] });
    const registries = [registryOf(host, canary)];
    const files = packages.project(`https://${host}`);
    const { shell } = await enter({ registries, reachOf, outbound }, files);
    const { code, output } = await shell(`
      npm ci >&2 && node -p 'require("tiny")' &&  curl -sS https://${host}/tiny | head -c 14; echo
      curl -sS -p http://${host}/tiny | head -c 14; echo; curl -sS -o /dev/null -w '%{http_code}' -X POST https://${host}/tiny
      python3 -c 'import urllib.request as r; print(r.urlopen("https://${host}/tiny").status)'`);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/42\n({"name":"tiny"\n){2}405200\n$/) });
    expect(packages.requests.map(({ authorization }) => authorization)).toEqual(Array(4).fill(`Bearer ${canary}`));

    const stranger = await enter({ registries, reachOf });
    const { output: refused } = await stranger.shell(`curl -sS https://${host}/tiny`);
    expect(refused).toContain('did not answer');
    expect(packages.requests).toHaveLength(4);
  });

  it("reaches a listed name and a registry through the company's proxy, whose authority it trusts", async () => {
    const packages = await startPackageRegistry();
    const listed = await listenerThatCounts('through');
    const host = 'packages.example';
    const names = {
      [host]: `http://${packages.host}`,
      'files.example': listed.url,
      'box.internal.example': listed.url,
    };
    const company = await startInterceptingProxy({ names, login: 'me:canary-of-the-proxy' });
    for (const { close } of [packages, company]) onTestFinished(close);
    const url = company.url.replace('//', '//me:canary-of-the-proxy@');
    const settings = { httpsProxy: url, httpProxy: url, noProxy: '' };
    const resolve = async () => Promise.reject(new Error('no resolver here'));
    const places = { registries: [registryOf(host, canary)], domains: ['files.example'] };
    const outbound = openOutbound({ ...settings, authorities: [company.certificate] });
    const reachOf = reachFrom({ allowLoopback: false, outbound, resolve });
    const { shell } = await enter({ ...places, reachOf, outbound });
    const { code, output } = await shell(`env; curl -sS https://files.example/; curl -sS http://files.example/
      curl -sS https://${host}/tiny | head -c 14; echo
      /opt/node/node -e 'fetch("https://files.example/").then((r) => r.text()).then(console.log)'
      curl -sS https://box.internal.example/; curl -sS https://10.0.0.7/; true`);
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringContaining('throughthrough{"name":"tiny"\nthrough\n'),
    });
    expect(output).not.toContain('canary');
    expect(output.match(/403/g)).toHaveLength(2);
    expect(packages.requests.map(({ authorization }) => authorization)).toEqual([`Bearer ${canary}`]);
    expect(company.asked).toEqual(['files.example:443', 'files.example', `${host}:443`, 'files.example:443']);

    const stranger = await enter({ ...places, reachOf, outbound: openOutbound({ ...settings, authorities: [] }) });
    expect((await stranger.shell('curl -sS https://files.example/')).output).toMatch(/certificate/);
  });

  it('only reads from a registry', async () => {
    const packages = await startPackageRegistry();
    onTestFinished(packages.close);
    const { shell } = await enter({ registries: [registryOf(packages.host, canary)] });
    const { output } = await shell(`
      curl -s -o /dev/null -w '%{http_code} ' http://${packages.host}/tiny
      curl -s -o /dev/null -w '%{http_code} ' -X PUT -d x http://${packages.host}/tiny
      curl -s -o /dev/null -w '%{http_code} ' -p -X DELETE http://${packages.host}/tiny`);
    expect(output.trim()).toBe('200 405 405');
    expect(packages.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  it('reaches a listed place by tunnel and in the clear, and nothing beside it', async () => {
    const [listed, other] = [await listenerThatCounts(), await listenerThatCounts()];
    const { shell } = await enter({ domains: [`127.0.0.1:${listed.port}`] });
    const asks = (port: number) => `curl -sS ${`http://127.0.0.1:${port}/`}; curl -sS -p http://127.0.0.1:${port}/;`;
    expect((await shell(asks(listed.port))).output).toBe('openopen');
    const { output } = await shell(`${asks(other.port)}
      curl -s --noproxy '*' http://127.0.0.1:${listed.port}/ || echo direct closed
      curl -sS http://localhost:${other.port}/; curl -sS -p http://[::1]:${other.port}/
      curl -sS http://2130706433:${other.port}/; curl -sS http://127.1:${other.port}/`);
    expect(output).toMatch(/not one of the allowed domains|closed/);
    expect(output).toContain('direct closed');
    expect(output).not.toContain('open\n');
    expect(other.connections()).toBe(0);
  });

  it("has it in Node's own fetch too", async () => {
    const listed = await listenerThatCounts();
    const { shell } = await enter({ domains: [`127.0.0.1:${listed.port}`] });
    const script = `fetch('http://127.0.0.1:${listed.port}/').then((r) => r.text()).then(console.log)`;
    expect((await shell(`/opt/node/node -e "${script}"`)).output.trim()).toBe('open');
  });

  it('has no network if no host is listed', async () => {
    const other = await listenerThatCounts();
    const { shell } = await enter({});
    const { output } = await shell(`env; curl -s http://127.0.0.1:${other.port}/ || echo closed`);
    expect(output).toContain('closed');
    expect(output).not.toContain('PROXY');
    expect(other.connections()).toBe(0);
  });

  it('cannot use a place on loopback outside the emulators', async () => {
    const listed = await listenerThatCounts();
    const reachOf = reachFrom({ allowLoopback: false, outbound: direct });
    const { shell } = await enter({ domains: [`127.0.0.1:${listed.port}`], reachOf });
    await shell(`curl -sS http://127.0.0.1:${listed.port}/`);
    expect(listed.connections()).toBe(0);
  });
});
