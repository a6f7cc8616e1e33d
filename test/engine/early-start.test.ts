/** The real CLI in the real sandbox, started before it is told anything. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Script } from '../../emulators/anthropic/script.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { EngineEvent, EngineStart } from '../../src/engine/engine.ts';
import { enginesRunning } from './processes.ts';
import { endOf, ofKind, openEngine } from './try-turn.ts';

vi.setConfig({ testTimeout: 20_000 });

const isUp = () => expect.poll(() => enginesRunning().length, { timeout: 10_000 }).toBe(1);

const bash = (command: string): Script => ({
  scenes: [{ replies: [[{ tool: 'Bash', input: { command } }], [{ text: 'seen' }]] }],
});

async function eventsOf(events: AsyncIterable<EngineEvent>): Promise<EngineEvent[]> {
  const all: EngineEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

test('its program is there before its words, asks no model, and then answers as any other', async () => {
  const { start, model } = await openEngine({ scenes: [{ replies: [[{ text: 'Here.' }]] }] });
  const { started } = start();
  await isUp();
  expect(model.requests).toEqual([]);
  const events = await eventsOf(started.talk({ prompt: 'go' }));
  expect(endOf(events)).toMatchObject({ outcome: 'done', text: 'Here.' });
  expect(ofKind(events, 'ended')).toHaveLength(1);
  expect(enginesRunning()).toEqual([]);
});

test('one that is not needed is gone with its way to the model', async () => {
  const { start, model } = await openEngine({ scenes: [] });
  const { started, runDir } = start();
  await isUp();
  expect(existsSync(join(runDir, 'gw.sock'))).toBe(true);
  await started.end();
  expect(enginesRunning()).toEqual([]);
  expect(existsSync(join(runDir, 'gw.sock'))).toBe(false);
  expect(model.requests).toEqual([]);
});

test('one whose turn is stopped is gone, whether it has its words or not yet', async () => {
  const { start } = await openEngine({ scenes: [] });
  const stop = new AbortController();
  const { started } = start({ signal: stop.signal });
  await isUp();
  stop.abort();
  await expect.poll(enginesRunning, { timeout: 10_000 }).toEqual([]);
  const events = await eventsOf(started.talk({ prompt: 'go' }));
  expect(endOf(events)).toMatchObject({ outcome: 'aborted' });
  const late = start({ signal: AbortSignal.abort() });
  await late.started.end();
  expect(enginesRunning()).toEqual([]);
});

test('a command of the model finds the same around it as in one that starts with its words', async () => {
  // The CLI locks its own files for a moment, and writes beside them.
  const look =
    'id; env | sort; cut -d" " -f5- /proc/self/mountinfo | sort; ls -A -I "*.lock" -I "*.tmp.*" / /tree /home/agent /home/agent/.claude; cat /proc/self/limits';
  const seen = async (isEarly: boolean) => {
    const { start, turn } = await openEngine(bash(look));
    const tools = [{ name: 'look', description: 'Looks', inputSchema: { type: 'object' }, call: async () => '' }];
    if (!isEarly) return ofKind(await turn({ tools }), 'tool-result')[0]?.result;
    const { started } = start({ tools });
    await isUp();
    return ofKind(await eventsOf(started.talk({ prompt: 'go' })), 'tool-result')[0]?.result;
  };
  // Names that are new in each turn.
  const told = (text = '') =>
    text.replaceAll(/jv-[\w-]+|run-\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}|claude-[\w-]{4,}/g, 'X');
  const [early, late] = [told(await seen(true)), told(await seen(false))];
  expect(early).toContain('HOME=/home/agent');
  expect(early).toEqual(late);
});

test('time and silence count from its words on', async () => {
  const waits: number[] = [];
  const clock = {
    ...systemClock,
    sleep(ms: number, signal?: AbortSignal) {
      waits.push(ms);
      return systemClock.sleep(ms, signal);
    },
  };
  const { start } = await openEngine({ scenes: [{ replies: [[{ text: 'Here.' }]] }] }, {}, { clock });
  const { started } = start({ turnTimeMs: 31_234 });
  await isUp();
  expect(waits).not.toContain(31_234);
  await eventsOf(started.talk({ prompt: 'go' }));
  expect(waits).toContain(31_234);
});

test('one that cannot start says so once it is told something', async () => {
  const { start, root } = await openEngine({ scenes: [] });
  const path = join(root, 'gone');
  mkdirSync(path);
  const extraMounts: EngineStart['extraMounts'] = [{ source: join(path, 'not-there'), target: '/gone' }];
  const { started } = start({ extraMounts });
  const events = await eventsOf(started.talk({ prompt: 'go' }));
  expect(endOf(events)).toMatchObject({ outcome: 'error', why: expect.stringContaining('not-there') });
});
