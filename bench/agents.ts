/**
 * Measures a node with 1,000 agents that look at their boards every five minutes, for five minutes: how late the looks are, the processor time of
 * the supervisor with all its workers, and their memory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBeats } from '../src/agents/config/beats.ts';
import { systemClock } from '../src/base/clock.ts';
import { listen, type Respond } from '../src/base/http.ts';
import { ownEnvironment } from '../src/settings.ts';
import { boardsOf, customers, procText, residentMb, workersOf, writeWorkspace } from './board-agents.ts';
import type { Measured } from './measure.ts';

const agentsCount = 1_000;
const periodMs = 300_000;
const heartbeat = '*/5 * * * *';
const sampleMs = 1_000;
const ticksPerSecond = 100;

type Looks = Map<string, number[]>;

/** Notes when each organization is asked for what changed, which is how a look begins. */
function noting(respond: Respond, looks: Looks): Respond {
  return (request) => {
    const [, organization = '', ...rest] = new URL(request.url).pathname.split('/');
    if (rest.includes('wiql')) looks.set(organization, [...(looks.get(organization) ?? []), Date.now()]);
    return respond(request);
  };
}

async function startPlatform(root: string, url: string): Promise<ChildProcess> {
  const main = new URL('../src/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, 'start', '--root', root, '--port', '0', '--json'], {
    env: { ...ownEnvironment(), HOME: root, ANTHROPIC_BASE_URL: url, JVAGENT_ALLOW_LOOPBACK: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'exit')]);
  if (child.exitCode !== null) throw new Error(`the platform ended with ${child.exitCode}`);
  child.stdout?.resume();
  return child;
}

/** Seconds of processor time: of the process, of its workers that ended (proc(5): stat), and of those that live. */
function processorSeconds(pid: number): number {
  const ticksOf = (id: number | string, fields: number) => {
    // The name in parentheses can hold blanks; the fields after it do not.
    const after = procText(`${id}/stat`).split(') ')[1]?.split(' ') ?? [];
    return after.slice(11, 11 + fields).reduce((sum, ticks) => sum + Number(ticks), 0);
  };
  const workers = workersOf(pid).reduce((sum, worker) => sum + ticksOf(worker, 4), 0);
  return (ticksOf(pid, 4) + workers) / ticksPerSecond;
}

const memoryMb = (pid: number) => [String(pid), ...workersOf(pid)].reduce((sum, id) => sum + residentMb(id), 0);

/** How late the look of each agent was whose beat was in the window; infinite for one that has not come. */
function lateness(names: readonly string[], looks: Looks, from: number): number[] {
  return names.flatMap((name) => {
    const beat = createBeats({ agentId: `codechange/${name}`, pattern: heartbeat }).after(from);
    if (!beat || beat.at >= from + periodMs) return [];
    return (looks.get(name)?.find((look) => look >= beat.at) ?? Number.POSITIVE_INFINITY) - beat.at;
  });
}

/** Waits until something is so, at most two periods; returns whether it is. */
async function waitFor(isSo: () => boolean): Promise<boolean> {
  for (const end = Date.now() + 2 * periodMs; Date.now() < end && !isSo(); ) await systemClock.sleep(sampleMs);
  return isSo();
}

export async function benchAgents(): Promise<Measured> {
  const root = mkdtempSync(join(tmpdir(), 'jvagent-bench-'));
  const looks: Looks = new Map();
  const names = customers(agentsCount);
  const listener = await listen(noting(boardsOf(names).fetch, looks));
  let child: ChildProcess | undefined;
  try {
    writeWorkspace(root, listener.url, names, heartbeat);
    child = await startPlatform(root, listener.url);
    const { pid = 0 } = child;
    // The looks right after the start are no part of it.
    if (!(await waitFor(() => looks.size === agentsCount))) {
      throw new Error(`after ten minutes only ${looks.size} of ${agentsCount} agents had looked at their boards`);
    }
    const [from, before] = [Date.now(), processorSeconds(pid)];
    const memory: number[] = [];
    while (Date.now() < from + periodMs) {
      memory.push(memoryMb(pid));
      await systemClock.sleep(sampleMs);
    }
    const cores = (processorSeconds(pid) - before) / ((Date.now() - from) / 1_000);
    // The last ones may still be on their way.
    await waitFor(() => !lateness(names, looks, from).includes(Number.POSITIVE_INFINITY));
    const late = lateness(names, looks, from).map((ms) => ms / 1_000);
    const peakMb = Math.max(...memory);
    const [latest, missed] = [Math.max(...late), late.filter((seconds) => seconds * 1_000 > periodMs).length];
    return {
      medians: { looks: late.length, missed, latestSeconds: latest, cores, peakMb },
      rows: [
        { what: 'looks planned within five minutes', values: [late.length] },
        { what: 'looks that did not come within their period', values: [missed] },
        { what: 'how late a look came, s', values: late },
        { what: 'the latest, s', values: [latest] },
        { what: 'processor cores busy', values: [cores] },
        { what: 'memory with all workers, MB', values: memory },
        { what: 'the same at its peak, MB', values: [peakMb] },
      ],
    };
  } finally {
    if (child) {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    }
    await listener.close();
    rmSync(root, { recursive: true, force: true });
  }
}
