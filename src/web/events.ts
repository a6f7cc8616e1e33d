/**
 * Server-sent events: each entry of the sessions' logs, and that the overview is another one.
 *
 * Nothing is kept for a client: each reads on from the entry that it has, so that it misses nothing when it comes back with
 * `Last-Event-ID`, and a slow one costs only itself.
 */
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { Clock } from '../base/clock.ts';
import { sha256 } from '../base/digest.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { limits } from '../limits.ts';
import type { Store } from '../store/database/database.ts';
import type { StoredLogEntry } from '../store/session-log.ts';
import type { WebEnv } from './caller.ts';
import type { Logins } from './logins.ts';
import { say } from './say.ts';

export interface EventsOptions {
  readonly store: Pick<Store, 'log'>;
  /** Everything that the first page shows. */
  readonly overview: () => Promise<unknown>;
  readonly clock: Clock;
  /** Ends all streams. */
  readonly closing: AbortSignal;
  /** A login that does not hold any more ends its own. */
  readonly logins: Pick<Logins, 'holds'>;
  readonly log: Pick<Log, 'error'>;
}

const entriesAtOnce = 20;

/** A look that is due is due whenever that is told: its time, which is now, would make each overview another one. */
const due = (now: number) => (name: string, value: unknown) =>
  name === 'nextLookAt' && typeof value === 'number' && value <= now ? 'due' : value;

/** The digest of the overview, read for all clients together and not more often than people look. */
function createWatch({ overview, clock }: Pick<EventsOptions, 'overview' | 'clock'>): () => Promise<string> {
  let known: { at: number; digest: Promise<string> } | undefined;
  return () => {
    if (!known || clock.now() - known.at >= limits.overviewPollMs) {
      known = { at: clock.now(), digest: overview().then((seen) => sha256(JSON.stringify(seen, due(clock.now())))) };
    }
    return known.digest;
  };
}

/** One that came late does not send the client back to its number. */
function eventOf({ id, agentId, sessionId, ...entry }: StoredLogEntry, last: number) {
  const event = { event: 'entries', data: JSON.stringify({ agentId, sessionId, entries: [entry] }) };
  return id > last ? { ...event, id: String(id) } : event;
}

/** Where a client reads on: after the entry that it names, or the newest. */
async function startOf(c: Context, { log }: EventsOptions['store']) {
  const named = c.req.header('last-event-id') ?? '';
  const after = /^\d{1,15}$/.test(named) ? Number(named) : undefined;
  const { tail, news } = await log.follow({ after, max: 1 });
  return { news, last: after ?? tail.at(-1)?.id ?? 0 };
}

export function createEvents(options: EventsOptions): (c: Context<WebEnv>) => Response | Promise<Response> {
  const { store, clock, closing, logins, log } = options;
  const digest = createWatch(options);
  let clients = 0;

  /** False once the client has not taken it in time, or has gone. */
  async function isTaken(write: Promise<unknown>, gone: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const taken = write.then(() => true);
    const late = clock.sleep(limits.eventsSlowSeconds * 1_000, AbortSignal.any([gone, over.signal])).then(() => false);
    return Promise.race([taken, late]).finally(() => over.abort());
  }

  function follow(c: Context<WebEnv>) {
    const { login } = c.var.caller;
    const isIn = () => login === undefined || logins.holds(login);
    return streamSSE(c, async (stream) => {
      const left = new AbortController();
      const gone = AbortSignal.any([closing, left.signal]);
      stream.onAbort(() => left.abort());
      clients += 1;
      try {
        const { news, ...start } = await startOf(c, store);
        let { last } = start;
        let seen = await digest();
        let quietSince = clock.now();
        const write = async (event: { event: string; data: string; id?: string }) => {
          quietSince = clock.now();
          return isTaken(stream.writeSSE(event), gone);
        };
        // The browser learns at once that it is connected.
        if (!(await isTaken(stream.write(': connected\n\n'), gone))) return;
        while (!gone.aborted && isIn()) {
          const entries = await news.next(entriesAtOnce);
          for (const entry of entries) {
            if (!(await write(eventOf(entry, last)))) return;
            last = Math.max(last, entry.id);
          }
          const now = await digest();
          if (now !== seen && !(await write({ event: 'changed', data: '{}' }))) return;
          seen = now;
          if (clock.now() - quietSince >= limits.eventsHeartbeatSeconds * 1_000) {
            quietSince = clock.now();
            if (!(await isTaken(stream.write(': still here\n\n'), gone))) return;
          }
          if (entries.length === 0) await clock.sleep(limits.eventsPollMs, gone);
        }
      } catch (error) {
        // The library would write it to the console, and the browser comes back by itself.
        log.error(`a stream of events ended: ${messageOf(error)}`);
      } finally {
        clients -= 1;
        stream.abort();
      }
    });
  }

  return (c) => {
    if (clients >= limits.eventClientsMax) {
      const why = `${limits.eventClientsMax} others follow the events`;
      return say(c, 503, { why, fix: 'Close pages that nobody looks at, and try again.' });
    }
    // Nobody reads what follows such a head, so that it would keep a place.
    return c.req.method === 'HEAD' ? c.body(null) : follow(c);
  };
}
