/** Limits the rate of requests with one token, and pauses them all for as long as the system asks, on whichever node it asked. */
import { parse } from 'jsonc-parser';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { shortHash } from '../../base/digest.ts';
import { readRegularFile, writeFileWhole } from '../../base/files.ts';
import { askedWaitMsMax } from '../../base/http-answer.ts';
import { limits } from '../../limits.ts';

export interface Pace {
  /**
   * Waits until this request may be sent, and resolves with 0. If the wait is longer than `waitMsMax`, resolves at once with the
   * wait, in milliseconds.
   */
  place(waitMsMax: number): Promise<number>;
  /** Sends no request for the next `ms`. */
  pause(ms: number): void;
}

/** The paces of one agent's tokens. */
export interface Paces {
  /** The pace of all requests with this token to the system, whichever client sends them; the first asker's rate counts. */
  of(token: string, perMinute: number, system: string): Pace;
  /** Pauses that another node was asked for: by system, the rest of each in milliseconds. */
  hold(pauses: Readonly<Record<string, number>>): void;
}

/** Until when nothing is sent with one token, in milliseconds since 1970. */
interface Quiet {
  until(): number;
  extend(until: number): void;
}

const quietShape = z.record(z.string(), z.number());

/**
 * What an earlier process was told to wait for. A file that a crash left broken says nothing, and neither does a time that no
 * answer can have named: the clock was wrong then.
 */
function readQuiet(file: string | undefined, now: number): [name: string, until: number][] {
  const read = file === undefined ? undefined : readRegularFile(file, limits.configBytesMax);
  if (!read || 'fault' in read) return [];
  const said = quietShape.safeParse(parse(read.bytes.toString('utf8'))).data ?? {};
  return Object.entries(said).filter(([, until]) => until <= now + askedWaitMsMax);
}

/** A token bucket that holds a quarter of a minute's requests. */
function createPace(clock: Clock, perMinute: number, quiet: Quiet): Pace {
  const intervalMs = 60_000 / perMinute;
  const burstMs = intervalMs * Math.max(0, Math.ceil(perMinute / 4) - 1);
  let fullAt = 0;
  return {
    async place(waitMsMax) {
      const earliest = Math.max(fullAt - burstMs, quiet.until(), clock.now());
      if (earliest - clock.now() > waitMsMax) return earliest - clock.now();
      fullAt = Math.max(fullAt, earliest) + intervalMs;
      for (let waitMs = earliest - clock.now(); waitMs > 0; waitMs = Math.max(earliest, quiet.until()) - clock.now()) {
        if (waitMs > waitMsMax) return waitMs;
        await clock.sleep(waitMs);
      }
      return 0;
    },
    pause(ms) {
      quiet.extend(clock.now() + ms);
    },
  };
}

/**
 * With a `file`, pauses outlive the process: a worker ends when it is idle, and the next one must not ask too early. `told` hears of
 * each system for whose token a pause begins.
 */
export function createPaces(clock: Clock, file?: string, told: (system: string, ms: number) => void = () => {}): Paces {
  const paces = new Map<string, Pace>();
  /** By token: the systems that are asked with it. */
  const systems = new Map<string, Set<string>>();
  /** By system: until when another node was asked to wait. */
  const elsewhere = new Map<string, number>();
  const quiet = new Map(readQuiet(file, clock.now()));

  function quietOf(token: string): Quiet {
    const name = shortHash(token);
    const own = () => [...(systems.get(token) ?? [])];
    const until = () => Math.max(quiet.get(name) ?? 0, ...own().map((system) => elsewhere.get(system) ?? 0));
    return {
      until,
      extend(at) {
        if (at <= until()) return;
        quiet.set(name, at);
        for (const system of own()) told(system, at - clock.now());
        const lasting = [...quiet].filter(([, end]) => end > clock.now());
        if (file !== undefined) writeFileWhole(file, JSON.stringify(Object.fromEntries(lasting)));
      },
    };
  }

  return {
    of(token, perMinute, system) {
      systems.set(token, (systems.get(token) ?? new Set()).add(system));
      const pace = paces.get(token) ?? createPace(clock, perMinute, quietOf(token));
      paces.set(token, pace);
      return pace;
    },
    hold(pauses) {
      for (const [system, ms] of Object.entries(pauses))
        elsewhere.set(system, clock.now() + Math.min(ms, askedWaitMsMax));
    },
  };
}
