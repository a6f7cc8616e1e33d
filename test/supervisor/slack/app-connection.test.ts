import { expect, onTestFinished, test } from 'vitest';
import { messageOf, OutsideError } from '../../../src/base/errors.ts';
import { createLog } from '../../../src/base/log.ts';
import type { Connection } from '../../../src/connectors/slack/socket.ts';
import { limits } from '../../../src/limits.ts';
import type { SlackAppState } from '../../../src/store/conversations/slack-apps.ts';
import { keepConnected } from '../../../src/supervisor/slack/app-connection.ts';

const fails = (kind: 'auth' | 'unreachable', typeKey?: string) =>
  new OutsideError(`Slack (default): ${typeKey ?? kind}`, { system: 'Slack (default)', request: 'auth.test', kind });

const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

/**
 * Slack, as a list of what each connecting leads to: an error, or a connection that lasts for some milliseconds. `reads` is how long
 * each look at what was missed lets us wait for the next.
 */
function connectTo(
  script: (OutsideError | number)[],
  { hasSocket = true, isAway = (): boolean => false, reads = [] as number[] } = {},
) {
  const faults: string[] = [];
  const stored = () => {
    if (isAway()) throw new Error('the database is away');
  };
  const states: Omit<SlackAppState, 'at'>[] = [];
  const pauses: number[] = [];
  const caughtUp: (number | undefined)[] = [];
  let noted: number | undefined;
  let time = 1_000;
  let connects = 0;
  let finish = () => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const connection = keepConnected({
    app: { name: 'default', ...(hasSocket ? { appToken: 'xapp-1' } : {}) },
    identity: async () => ({ team: 'T1', botUser: 'UBOT' }),
    async connect(): Promise<Connection> {
      connects += 1;
      const next = script.shift();
      if (next instanceof Error) throw next;
      if (next === undefined) {
        finish();
        return { ended: new Promise(() => {}), close: () => {} };
      }
      const ended = soon().then(() => {
        time += next;
      });
      return { ended, close: () => {} };
    },
    gap: {
      async note(_, since) {
        stored();
        noted = since;
      },
      async read() {
        caughtUp.push(noted);
        return reads.shift();
      },
      onCaughtUp: () => {},
      lastConnectedAt: 500,
    },
    async setState(state) {
      stored();
      states.push(state);
    },
    clock: {
      now: () => time,
      async sleep(ms) {
        if (ms !== limits.slackCatchUpSecondsMax * 1_000) {
          pauses.push(ms);
          time += ms;
        }
        await soon();
      },
    },
    log: createLog('test', 'silent'),
    onFault: (error) => void faults.push(messageOf(error)),
  });
  onTestFinished(() => connection.stop());
  return { connection, states, pauses, caughtUp, done, faults, connects: () => connects };
}

test('a connection that Slack refreshes is opened again at once, and what was missed is read from its end', async () => {
  const { done, pauses, caughtUp, states } = connectTo([60_000]);
  await done;
  await expect.poll(() => states.filter(({ state }) => state === 'connected')).toHaveLength(2);
  expect(pauses).toEqual([]);
  expect(caughtUp.slice(0, 2)).toEqual([500, 61_000]);
});

test('without an answer it is tried again after growing pauses', async () => {
  const { done, pauses, states } = connectTo([fails('unreachable'), fails('unreachable'), fails('unreachable')]);
  await done;
  expect(pauses).toHaveLength(3);
  expect(pauses[2]).toBeGreaterThan((pauses[0] ?? 0) * 2);
  expect(states).toContainEqual(
    expect.objectContaining({
      state: 'connecting',
      fault: expect.objectContaining({ refused: 'OUTSIDE_UNREACHABLE' }),
    }),
  );
});

test('a connection that ends at once again and again does not turn in a circle', async () => {
  const { done, pauses } = connectTo([1, 1, 1]);
  await done;
  expect(pauses).toHaveLength(3);
});

test('a database that is away at any step of a connecting ends no connection for good', async () => {
  // The first state; `note`, its state; `note`, `connected`, its state; `note`, `dead`.
  const answers = [true, true, true, false, true, true, false, true];
  const isAway = () => answers.shift() ?? false;
  const { done, pauses, states, faults, caughtUp } = connectTo([60_000, fails('auth')], { isAway });
  await done;
  await expect.poll(() => states.at(-1)?.state).toBe('connected');
  expect(faults).toHaveLength(6);
  expect(caughtUp).toEqual([500]);
  // The usual pauses, also where a refused token could not be told.
  expect(pauses).toHaveLength(3);
  expect(pauses.every((ms, n) => ms > 500 * 2 ** n && ms < 2_000 * 2 ** n)).toBe(true);
});

test('a refused token is told with its fix, and not tried again for long', async () => {
  const { done, pauses, states } = connectTo([fails('auth', 'invalid_auth')]);
  await done;
  expect(states).toContainEqual({
    ...{ app: 'default', team: 'T1', botUser: 'UBOT', state: 'dead' },
    fault: { refused: 'OUTSIDE_AUTH', why: 'Slack (default): invalid_auth', fix: expect.stringContaining('.env') },
  });
  expect(pauses[0]).toBeGreaterThan(30 * 60_000);
});

test('what was missed is looked for until nothing is left, after pauses that Slack may make longer', async () => {
  const { done, pauses, caughtUp, connection } = connectTo([], { reads: [0, 0, 600_000] });
  await done;
  await expect.poll(() => caughtUp).toHaveLength(4);
  expect(pauses).toEqual([1_000, 2_000, 600_000]);
  await expect.poll(() => connection.isCaughtUp()).toBe(true);
  await soon();
  expect(caughtUp).toHaveLength(4);
});

test('an app without a socket is known by its name and waits for hooks', async () => {
  const { connection, connects } = connectTo([], { hasSocket: false });
  await expect.poll(() => connection.self()?.botUser).toBe('UBOT');
  await connection.stop();
  expect(connects()).toBe(0);
});
