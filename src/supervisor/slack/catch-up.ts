/** Reads what was written while an app had no connection, so that a gap loses nothing. Messages that came twice are let in once. */
import type { Clock } from '../../base/clock.ts';
import { messageOf, OutsideError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Page, PageQuery, SlackReads } from '../../connectors/slack/reads.ts';
import { normaliseListed, type SlackSelf } from '../../conversations/slack-event.ts';
import { limits } from '../../limits.ts';
import type { Store } from '../../store/database/database.ts';

export interface CatchUpOptions {
  reads: Pick<SlackReads, 'page'>;
  store: Pick<Store, 'inbox' | 'threads'>;
  /** The channels in which the app's agents are heard. */
  channels: () => readonly string[];
  clock: Clock;
  log: Log;
}

export interface CatchUp {
  /**
   * Notes where something can be missed, and from when on; asked before each connecting, after which new messages come. `since` is
   * when the app was connected last, milliseconds since 1970; undefined if it never was.
   */
  note(self: SlackSelf, since: number | undefined): Promise<void>;
  /**
   * Reads what is noted. What could not be read stays noted for the next time, unless Slack refuses it. Tells how long to wait before
   * that at least, in milliseconds; undefined if nothing is left.
   */
  read(self: SlackSelf): Promise<number | undefined>;
}

const hourMs = 3_600_000;

type Listed = Readonly<Record<string, unknown>>;

interface Place {
  readonly channel: string;
  readonly root?: string | undefined;
}

/** What is to be read: the messages of a place after `from`, milliseconds since 1970. */
interface Missed extends Place {
  readonly from: number;
}

const slackTime = (ms: number) => `${(ms / 1_000).toFixed(6)}`;

const earliest = ({ clock }: CatchUpOptions) => clock.now() - limits.slackMissedHoursMax * hourMs;

/** One page; Slack's limit is waited for once, if it is short. */
async function pageOf({ reads, clock }: CatchUpOptions, query: PageQuery): Promise<Page> {
  return reads.page(query).catch(async (error: unknown) => {
    const waitMs =
      error instanceof OutsideError && error.facts.kind === 'limited' ? error.facts.retryAfterMs : undefined;
    if (waitMs === undefined || waitMs > limits.retryWaitSecondsMax * 1_000) throw error;
    await clock.sleep(waitMs);
    return reads.page(query);
  });
}

/** The messages that were missed, oldest first; a very long list is not read to its end. */
async function listed(options: CatchUpOptions, { channel, root, from }: Missed): Promise<Listed[]> {
  const oldest = slackTime(Math.max(from, earliest(options)));
  const messages: Listed[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < limits.slackMissedPagesMax; pages += 1) {
    const page = await pageOf(options, { channel, root, oldest, cursor, limit: limits.slackPageMax });
    messages.push(...page.messages);
    cursor = page.next;
    if (cursor === undefined) break;
  }
  // The root of a thread comes first whatever its time.
  const isMissed = ({ ts }: Listed) => Number(ts) > Number(oldest);
  return messages.filter(isMissed).sort((a, b) => Number(a.ts) - Number(b.ts));
}

/** Lets the missed messages of a place in; the threads among them, whose replies can be missed too. */
async function take(options: CatchUpOptions, self: SlackSelf, missed: Missed): Promise<Missed[]> {
  const { channel, root, from } = missed;
  const messages = await listed(options, missed);
  for (const message of messages) {
    const read = normaliseListed(self, channel, message);
    if ('take' in read) await options.store.inbox.add(self.app, read.take);
  }
  const begun = root === undefined ? messages.filter(({ reply_count: replies }) => Number(replies) > 0) : [];
  return begun.map(({ ts }) => ({ channel, root: String(ts), from }));
}

/** Where something can be missed after this gap. */
async function placesOf(options: CatchUpOptions, app: string, since: number): Promise<Missed[]> {
  const { store, channels } = options;
  const heard = await store.inbox.lastHeard(app);
  /** A message can have come later than one that was written after it. */
  const marginMs = limits.slackMissedMarginSeconds * 1_000;
  const fromIn = (channel: string) => {
    const last = heard.get(channel);
    return (last === undefined ? since : Number(last) * 1_000) - marginMs;
  };
  const direct = [...heard.keys()].filter((channel) => channel.startsWith('D'));
  const recent = await store.threads.recent(app, earliest(options), limits.slackMissedThreadsMax);
  // A first message that waits for its decision can have replies too.
  const waiting = await store.inbox.open([app], limits.slackInboxAtOnceMax);
  const threads: Place[] = [...recent, ...waiting.filter(({ kind }) => kind === 'message')];
  const places: Place[] = [...[...channels(), ...direct].map((channel) => ({ channel })), ...threads];
  return places.map(({ channel, root }) => ({ channel, root, from: fromIn(channel) }));
}

const keyOf = ({ channel, root }: Place) => `${channel} ${root}`;

/** What one app missed. It is kept here until it is read, however many connections that takes. */
export function createCatchUp(options: CatchUpOptions): CatchUp {
  const unread = new Map<string, Missed>();
  /** What was told since nothing was left. */
  const told = new Set<string>();

  /** The same place keeps its earlier time. */
  function add(missed: Missed): Missed {
    const { from = missed.from } = unread.get(keyOf(missed)) ?? {};
    const kept = { ...missed, from: Math.min(missed.from, from) };
    unread.set(keyOf(missed), kept);
    return kept;
  }

  /** How long to wait at least before it is tried again; undefined where that is of no use. */
  function failed({ app }: SlackSelf, error: unknown): number | undefined {
    const why = messageOf(error);
    if (!told.has(why)) options.log.warn({ app }, `missed messages: ${why}`);
    told.add(why);
    if (!(error instanceof OutsideError)) return 0;
    return error.retryable ? (error.facts.retryAfterMs ?? 0) : undefined;
  }

  /** The threads that it found; or how long to wait before it is tried again. */
  async function readOne(self: SlackSelf, missed: Missed): Promise<readonly Missed[] | number> {
    const found = await take(options, self, missed).catch((error: unknown) => failed(self, error) ?? []);
    // Another connecting can have noted it once more in the meantime.
    if (typeof found !== 'number' && unread.get(keyOf(missed)) === missed) unread.delete(keyOf(missed));
    return found;
  }

  async function read(self: SlackSelf): Promise<number | undefined> {
    const places = [...unread.values()];
    const known = new Set(places.map(keyOf));
    const waits: number[] = [];
    async function look(): Promise<void> {
      for (let place = places.shift(); place; place = places.shift()) {
        const found = await readOne(self, place);
        if (typeof found === 'number') waits.push(found);
        else for (const begun of found) addNew(begun);
      }
    }
    function addNew(begun: Missed): void {
      if (known.has(keyOf(begun))) return;
      known.add(keyOf(begun));
      places.push(add(begun));
    }
    await Promise.all(Array.from({ length: limits.slackMissedAtOnceMax }, look));
    if (waits.length > 0) return Math.max(...waits);
    told.clear();
    return undefined;
  }

  return {
    async note({ app }, since) {
      if (since === undefined) return;
      for (const missed of await placesOf(options, app, since)) add(missed);
    },
    read,
  };
}
