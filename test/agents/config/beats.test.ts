import { expect, test } from 'vitest';
import { type Beat, createBeats, type Heartbeat } from '../../../src/agents/config/beats.ts';
import { limits } from '../../../src/limits.ts';

const noon = Date.UTC(2026, 10, 20, 12);
const [second, minute, hour] = [1_000, 60_000, 3_600_000];

/** The beats from noon on. */
function beatsOf(heartbeat: Partial<Heartbeat>, count: number): Beat[] {
  const beats = createBeats({ agentId: 'codechange/acme', pattern: '*/5 * * * *', timezone: 'UTC', ...heartbeat });
  const found: Beat[] = [];
  for (let at = noon - 1; found.length < count; at = found.at(-1)?.at ?? Number.NaN) {
    const next = beats.after(at);
    if (!next) break;
    found.push(next);
  }
  return found;
}

const many = Array.from({ length: 300 }, (_, n) => `codechange/customer-${n}`);

test('agents with the same pattern are spread over most of the time to the next beat', () => {
  const delays = many.map((agentId) => (beatsOf({ agentId }, 2).at(1)?.at ?? 0) - (noon + 5 * minute));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...delays)).toBeLessThan(4 * minute);
  const inTenSeconds = Array.from(
    { length: 24 },
    (_, n) => delays.filter((ms) => Math.floor(ms / (10 * second)) === n).length,
  );
  expect(Math.max(...inTenSeconds)).toBeLessThan(25);
  expect(Math.min(...inTenSeconds)).toBeGreaterThan(3);
});

test('a delay is at most four fifths of the way to the next time of the pattern, and at most four minutes', () => {
  expect(limits.beatDelayMsMax).toBe(4 * minute);
  const bounds = {
    '*/2 * * * * *': 1.6 * second,
    '* * * * *': 48 * second,
    '0 * * * *': 4 * minute,
    '0 9 * * 1': 4 * minute,
  };
  for (const [pattern, boundMs] of Object.entries(bounds)) {
    const delays = many.map((agentId) => {
      const [beat] = beatsOf({ agentId, pattern }, 1);
      return beat ? beat.at - beat.plannedAt : Number.NaN;
    });
    expect(Math.max(...delays), pattern).toBeLessThan(boundMs);
    expect(Math.max(...delays), pattern).toBeGreaterThan(boundMs * 0.9);
    expect(Math.min(...delays), pattern).toBeGreaterThanOrEqual(0);
  }
});

test('no beat is left out or comes twice, whenever one asks', () => {
  const planned = beatsOf({}, 12).map(({ plannedAt }) => plannedAt);
  const [first = 0] = planned;
  expect(planned).toEqual(Array.from({ length: 12 }, (_, n) => first + n * 5 * minute));
  const all = beatsOf({}, 14);
  const beats = createBeats({ agentId: 'codechange/acme', pattern: '*/5 * * * *', timezone: 'UTC' });
  for (let time = noon; time < noon + hour; time += 7_321) {
    expect(beats.after(time)).toEqual(all.find(({ at }) => at > time));
  }
});

test('an agent keeps its delay, and its pattern is read in its timezone', () => {
  expect(beatsOf({}, 3)).toEqual(beatsOf({}, 3));
  const [beat] = beatsOf({ pattern: '0 9 * * *', timezone: 'Europe/Berlin' }, 1);
  expect(beat?.plannedAt).toBe(Date.UTC(2026, 10, 21, 8));
});

test('a pattern without a next time has no beat', () => {
  expect(beatsOf({ pattern: '0 0 31 2 *' }, 1)).toEqual([]);
});
