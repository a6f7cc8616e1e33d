/** A store in a folder of its own, with a clock that the test moves. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AgentId } from '../../src/agents/agent-id.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { Message } from '../../src/broker/message.ts';
import type { SessionId } from '../../src/broker/session-id.ts';
import { isRefusal, type Refusal } from '../../src/refusal.ts';
import { openStore, type Store, type StoreOptions } from '../../src/store/database/database.ts';
import type { LifecycleRules } from '../../src/work-items/lifecycle/events.ts';
import { newTestDatabase, type TestDatabase } from './test-database.ts';

export const acme = 'codechange/acme' as AgentId;
export const wi12 = 'wi-12' as SessionId;
export const session = { agentId: acme, sessionId: wi12 };
export const claimOptions = { ...session, owner: 'node-1', leaseMs: 30_000, batchMax: 10 };
export const noUsage = { usd: 0, tokens: { input: 0, cached: 0, output: 0 }, turns: 0 };

export const rules: LifecycleRules = {
  attemptsMax: 3,
  repairsMax: 3,
  replansMax: 5,
  questionsMax: 5,
  testsMayFail: false,
  labels: [],
  reviewers: [],
  deploys: true,
  rollback: 'auto',
};

export interface TestStore extends TestDatabase {
  readonly store: Store;
  readonly clock: Clock & { time: number };
}

/** A folder that is removed after the test. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const noon = Date.UTC(2026, 10, 20, 12);

/** In a new database, or in the one of the options. */
export async function openTestStore(options: Partial<StoreOptions> = {}): Promise<TestStore> {
  const { folder = testFolder(), url } = options;
  const database = url ? { folder, url } : await newTestDatabase(folder);
  const clock = { time: noon, now: () => clock.time, sleep: async () => {} };
  const store = await openStore({ clock, time: 'clock', ...options, ...database });
  onTestFinished(() => store.close());
  return { store, clock, ...database };
}

/** Fails the test on a refusal. */
export function granted<T>(value: T | Refusal | undefined): T {
  if (value === undefined || isRefusal(value)) throw new Error(`expected more than ${JSON.stringify(value)}`);
  return value;
}

export function messageFor(id: string, extra: Partial<Message> = {}): Message {
  return { id, to: `agent/${acme}`, from: 'person/eve', command: 'work.process', payload: { id }, at: 1, ...extra };
}

/** Publishes and delivers a message to the session of work item 12. */
export async function deliver(store: Store, id: string, from = 'agent/codechange'): Promise<void> {
  await store.messages.add({ ...messageFor(id), from });
  await store.messages.delivered(id, [{ messageId: id, ...session }]);
}

/** Another process that evaluates `code`, a module; it is ended after the test. */
export function startProcess(code: string) {
  const started = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void started.kill('SIGKILL'));
  return started;
}

const storeModule = new URL('../../src/store/database/database.ts', import.meta.url).href;

/** Another process with a store of its own on the database evaluates `code`; what it printed, once it ended well. */
export async function inOtherProcess({ folder, url }: TestDatabase, code: string): Promise<string> {
  const started = startProcess(`
    const { openStore } = await import(${JSON.stringify(storeModule)});
    const clock = { now: () => ${noon}, sleep: async () => {} };
    const store = await openStore({ ...${JSON.stringify({ folder, url })}, clock, time: 'clock' });
    ${code}
    await store.close();`);
  let printed = '';
  started.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  const [exitCode] = await once(started, 'close');
  if (exitCode !== 0) throw new Error(`the other process ended with ${exitCode}`);
  return printed;
}
