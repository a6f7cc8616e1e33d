/** The battery tells a sandbox that holds from one that does not. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { probeSandbox } from '../../src/sandbox/probe.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';

const real = createSandbox({ sandboxUid: 20001, processesMax: 64, memoryMb: 500 });

/** Not a sandbox: starts `file`, whatever it is asked for. */
const instead = (file: string, ...args: string[]): Sandbox => ({
  uid: 0,
  own: async () => {},
  spawn() {
    const child = spawn(file, args, { env: {}, cwd: '/', stdio: 'pipe' });
    return { child, kill: () => child.kill('SIGKILL'), overLimit: () => undefined };
  },
});

describe('the probe', () => {
  it('finds nothing wrong with the real sandbox', async () => {
    expect(await probeSandbox(real)).toBeUndefined();
  });

  it('names what is open in one that does not hold', async () => {
    const refusal = await probeSandbox(
      instead('/bin/echo', '-e', 'started\\nthe network can be reached inside\\nended'),
    );
    expect(refusal?.refused).toBe('SANDBOX_UNAVAILABLE');
    expect(refusal?.why).toBe('The sandbox does not isolate programs: the network can be reached inside.');
  });

  it('treats silence and an early end as a refusal', async () => {
    expect((await probeSandbox(instead('/bin/true')))?.refused).toBe('SANDBOX_UNAVAILABLE');
    expect((await probeSandbox(instead('/bin/echo', 'started')))?.refused).toBe('SANDBOX_UNAVAILABLE');
    const denied = await probeSandbox(instead('/bin/echo', 'bwrap: setting up uid map: Permission denied'));
    expect(denied).toMatchObject({
      why: expect.stringContaining('uid map'),
      fix: expect.stringContaining('namespaces'),
    });
  });

  it('says which program the sandbox user cannot start', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jvagent-closed-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'claude'), '', { mode: 0o600 });
    const closed = { source: join(folder, 'claude'), target: '/opt/claude' };
    expect((await probeSandbox(real, { programs: [closed] }))?.why).toContain(`${closed.source} cannot be started`);
    expect(await probeSandbox(real, { programs: [{ source: '/bin/ls', target: '/opt/ls' }] })).toBeUndefined();
  });

  it('says what to install if the program is missing', async () => {
    const refusal = await probeSandbox(instead('/nonexistent/bwrap'));
    expect(refusal?.fix).toMatch(/Install bubblewrap/);
  });
});
