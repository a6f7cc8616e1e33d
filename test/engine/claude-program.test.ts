/** The CLI's own program can be started in the sandbox, wherever the product was installed. */
import { chmodSync, linkSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { claudeProgram, environmentOf } from '../../src/engine/claude-program.ts';
import type { EngineRun } from '../../src/engine/engine.ts';
import { probeSandbox } from '../../src/sandbox/probe.ts';
import { runSandboxed } from '../../src/sandbox/run-sandboxed.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';

const sandbox = createSandbox({ sandboxUid: 20001, processesMax: 256, memoryMb: 2_048 });

describe("the engine's program", () => {
  it('passes the probe and starts from a folder that is closed to the sandbox user', async () => {
    const { source, target } = claudeProgram();
    // A second name beside the first, since a link cannot cross file systems and a copy would be large.
    const closed = mkdtempSync(join(dirname(source), '../.closed-'));
    onTestFinished(() => rmSync(closed, { recursive: true }));
    chmodSync(closed, 0o700);
    linkSync(source, join(closed, 'claude'));
    const mounts = [{ source: join(closed, 'claude'), target }];
    expect(await probeSandbox(sandbox, { programs: mounts })).toBeUndefined();
    const env = { HOME: '/home/agent', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' };
    const spec = { program: target, args: ['--version'], env, cwd: '/', mounts };
    const { output } = await runSandboxed(sandbox, spec, { timeoutMs: 10_000, outputBytesMax: 1_000 });
    expect(output).toMatch(/^\d+\.\d+\.\d+ \(Claude Code\)/);
  });
});

describe("the engine's environment", () => {
  const turn = { model: 'claude-sonnet-4-5', stallMs: 300_000 } as EngineRun;

  it('holds the secrets that it gets by name, in addition to its own, and replaces none', () => {
    const own = environmentOf(turn, 'claude-haiku-5-5');
    const given = { LICENCE: 'licence-of-acme', ANTHROPIC_BASE_URL: 'https://evil.example', PATH: '/tmp' };
    expect(environmentOf({ ...turn, secrets: given }, 'claude-haiku-5-5')).toEqual({
      ...own,
      LICENCE: 'licence-of-acme',
    });
  });
});
