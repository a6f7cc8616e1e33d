/** What everything behind the port of claims must do, whoever carries them. */
import { expect, it } from 'vitest';
import { refuse } from '../../src/refusal.ts';
import type { Claims, Held } from '../../src/store/claims/port.ts';
import { type TurnKey, turnKeyOf } from '../../src/store/fence.ts';

export interface ClaimsWorld {
  readonly claims: Claims;
  /** Now, in milliseconds since 1970. */
  now(): number;
  /** Moves the time. */
  pass(ms: number): Promise<void>;
  /** Makes sessions that nobody has woken yet. */
  add(sessions: readonly { agentId: string; sessionId: string }[]): Promise<void>;
  /** Writes something for a turn; throws, and writes nothing, if it has lost its session. */
  write(turn: TurnKey): Promise<void>;
}

const leaseMs = 10_000;
/** When a lease of that length is over, whoever looks for those that are. */
const overMs = leaseMs + 2_000;

const [one, two, three] = ['one', 'two', 'three'].map((sessionId) => ({ agentId: 'acme', sessionId })) as [
  { agentId: string; sessionId: string },
  { agentId: string; sessionId: string },
  { agentId: string; sessionId: string },
];

function had(held: Held | undefined): Held {
  if (!held) throw new Error('nobody got the session');
  return held;
}

export function testClaims(open: () => Promise<ClaimsWorld>): void {
  async function opened() {
    const world = await open();
    await world.add([one, two, three]);
    const { claims } = world;
    const take = (session = one, owner = 'node-1', epoch?: number) =>
      claims.claim({ ...session, owner, leaseMs, ...(epoch === undefined ? {} : { epoch }) });
    const due = async (fromMs = 0) =>
      (await claims.due({ max: 10 })).filter(({ lateMs }) => lateMs >= fromMs).map(({ sessionId }) => sessionId);
    return { ...world, take, due };
  }

  it('gives a session that was woken to one of all who claim it at once', async () => {
    const { claims, take, due } = await opened();
    expect(await due()).toEqual([]);
    await claims.wake(one);
    expect(await due()).toEqual(['one']);
    const all = await Promise.all(['a', 'b', 'c', 'd'].map((owner) => take(one, owner)));
    expect(all.filter((held) => held !== undefined)).toMatchObject([{ ...one, deaths: 1 }]);
    expect(await due()).toEqual([]);
    expect(await take()).toBeUndefined();
  });

  it('gives it to somebody else when the lease is over, and counts that', async () => {
    const { claims, take, due, pass } = await opened();
    await claims.wake(one);
    const first = had(await take());
    await pass(leaseMs / 2);
    expect(await due()).toEqual([]);
    await pass(overMs);
    expect(await due()).toEqual(['one']);
    const second = had(await take(one, 'node-2'));
    expect(second).toMatchObject({ ...one, deaths: 2 });
    expect(second.epoch).toBeGreaterThan(first.epoch);
    expect(second.dyingSince).toBeLessThan(first.dyingSince + leaseMs);
  });

  it('lets a turn write, renew and release as long as nobody claimed after it, and never again', async () => {
    const { claims, take, write, pass } = await opened();
    await claims.wake(one);
    const first = turnKeyOf(had(await take()));
    await write(first);
    await pass(overMs);
    const second = turnKeyOf(had(await take(one, 'node-2')));
    await expect(write(first)).rejects.toThrow();
    expect(await claims.renew([first, second], leaseMs)).toEqual({ renewed: [second], lost: [first] });
    expect(await claims.release({ ...first, end: 'rested' })).toBe(false);
    await write(second);
    expect(await claims.release({ ...second, end: 'rested' })).toBe(true);
    await expect(write(second)).rejects.toThrow();
    expect(await claims.renew([second], leaseMs)).toEqual({ renewed: [], lost: [second] });
    expect(await claims.release({ ...second, end: 'rested' })).toBe(false);
  });

  it('keeps a session whose lease is renewed in time', async () => {
    const { claims, take, due, pass } = await opened();
    await claims.wake(one);
    const turn = turnKeyOf(had(await take()));
    for (let nth = 0; nth < 4; nth += 1) {
      await pass(leaseMs * 0.8);
      expect(await claims.renew([turn], leaseMs)).toEqual({ renewed: [turn], lost: [] });
    }
    expect(await due()).toEqual([]);
    expect(await claims.renew([], leaseMs)).toEqual({ renewed: [], lost: [] });
  });

  it('gives a session one more turn for all that woke it while it was at work', async () => {
    const { claims, take, due } = await opened();
    await claims.wake(one);
    await claims.wake(one);
    const first = had(await take());
    await claims.wake(one);
    await claims.wake(one);
    expect(await due()).toEqual([]);
    await claims.release({ ...turnKeyOf(first), end: 'rested' });
    expect(await due()).toEqual(['one']);
    const second = had(await take());
    expect(second).toMatchObject({ deaths: 1 });
    await claims.release({ ...turnKeyOf(second), end: 'rested' });
    expect(await due()).toEqual([]);
  });

  it('wakes a session at the earliest time that was asked for', async () => {
    const { claims, due, now, pass } = await opened();
    await claims.wake(one, now() + 60_000);
    await claims.wake(one, now() + 20_000);
    await claims.wake(one, now() + 40_000);
    await pass(19_000);
    expect(await due()).toEqual([]);
    await pass(2_000);
    expect(await due()).toEqual(['one']);
    await claims.wake(two, now() + 60_000);
    await claims.wake(two);
    expect(await due()).toEqual(['one', 'two']);
  });

  it('refuses who saw the session before its last claim', async () => {
    const { claims, take, pass } = await opened();
    await claims.wake(one);
    const [seen] = await claims.due({ max: 10 });
    await claims.release({ ...turnKeyOf(had(await take(one, 'node-1', seen?.epoch))), end: 'rested' });
    await pass(1);
    await claims.wake(one);
    expect(await take(one, 'node-2', seen?.epoch)).toBeUndefined();
    const [now] = await claims.due({ max: 10 });
    expect(await take(one, 'node-2', now?.epoch)).toMatchObject(one);
  });

  it('plans the next turn when one rests', async () => {
    const { claims, take, due, now, pass } = await opened();
    await claims.wake(one);
    await claims.release({ ...turnKeyOf(had(await take())), end: 'rested', wakeAt: now() + 30_000 });
    await pass(29_000);
    expect(await due()).toEqual([]);
    await pass(2_000);
    expect(had(await take())).toMatchObject({ deaths: 1 });
  });

  it('repeats a turn that broke or never started, not before its time, and counts only the one that broke', async () => {
    const { claims, take, due, now, pass } = await opened();
    await claims.wake(one);
    await claims.release({ ...turnKeyOf(had(await take())), end: 'broke', wakeAt: now() + 30_000 });
    await pass(29_000);
    expect(await due()).toEqual([]);
    await pass(2_000);
    const second = had(await take());
    expect(second).toMatchObject({ deaths: 2 });
    await claims.release({ ...turnKeyOf(second), end: 'unstarted' });
    const third = had(await take());
    expect(third).toMatchObject({ deaths: 2 });
    await claims.release({ ...turnKeyOf(third), end: 'gave-up' });
  });

  it('begins again at once when somebody wakes a session whose turn broke', async () => {
    const { claims, take, due, now } = await opened();
    await claims.wake(one);
    await claims.release({ ...turnKeyOf(had(await take())), end: 'broke', wakeAt: now() + 600_000 });
    expect(await due()).toEqual([]);
    await claims.wake(one);
    expect(await due()).toEqual(['one']);
  });

  it('gives back what one owner has, or everything, at once and uncounted', async () => {
    const { claims, take, due, write } = await opened();
    for (const session of [one, two, three]) await claims.wake(session);
    const first = turnKeyOf(had(await take(one, 'node-1')));
    const second = turnKeyOf(had(await take(two, 'node-2')));
    await claims.giveBack('node-1');
    expect((await due()).toSorted()).toEqual(['one', 'three']);
    await expect(write(first)).rejects.toThrow();
    await write(second);
    expect(had(await take(one, 'node-2'))).toMatchObject({ deaths: 1 });
    await claims.giveBack();
    expect((await due()).toSorted()).toEqual(['one', 'three', 'two']);
    await expect(write(second)).rejects.toThrow();
  });

  it('leaves a session due that waits, and tells which has been due for longest', async () => {
    const { claims, due, pass } = await opened();
    await claims.wake(three);
    await pass(1_000);
    await claims.wake(one);
    await claims.wait(three, refuse('RATE', 'all workers are busy'));
    expect(await due()).toEqual(['three', 'one']);
    expect(await due(500)).toEqual(['three']);
    expect((await claims.due({ max: 1 })).map(({ sessionId }) => sessionId)).toEqual(['three']);
  });
}
