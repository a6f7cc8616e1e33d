/** Reads what was written while an app had no connection, so that a gap loses nothing. Messages that came twice are let in once. */
import type { Clock } from '../../base/clock.ts';
import { OutsideError } from '../../base/errors.ts';
import type { Page, PageQuery, SlackReads } from '../../connectors/slack/reads.ts';
import { normaliseListed, type SlackSelf } from '../../conversations/slack-event.ts';
import { limits } from '../../limits.ts';
import type { Store } from '../../store/database/database.ts';

export interface CatchUpOptions {
  self: SlackSelf;
  reads: Pick<SlackReads, 'page'>;
  store: Pick<Store, 'inbox' | 'threads'>;
  /** The channels in which the app's agents are heard. */
  channels: readonly string[];
  /** When the app was connected last, milliseconds since 1970; undefined if it never was. */
  since: number | undefined;
  /** The time of the last message of each channel that came before the gap. */
  heard: ReadonlyMap<string, string>;
  clock: Clock;
}

const hourMs = 3_600_000;

type Listed = Readonly<Record<string, unknown>>;

interface Place {
  readonly channel: string;
  readonly root?: string | undefined;
}

const slackTime = (ms: number) => `${(ms / 1_000).toFixed(6)}`;

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

/** The messages after `oldest`, oldest first; a very long list is not read to its end. */
async function listed(
  options: CatchUpOptions,
  channel: string,
  oldest: string,
  root: string | undefined,
): Promise<Listed[]> {
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

async function take({ self, store }: CatchUpOptions, channel: string, messages: readonly unknown[]): Promise<number> {
  let taken = 0;
  for (const message of messages) {
    const read = normaliseListed(self, channel, message);
    if ('take' in read && (await store.inbox.add(self.app, read.take))) taken += 1;
  }
  return taken;
}

/** How many messages had been missed. A channel that cannot be read is left out; the first such error is thrown at the end. */
export async function catchUp(options: CatchUpOptions): Promise<number> {
  const { self, store, channels, since, heard, clock } = options;
  if (since === undefined) return 0;
  const earliest = clock.now() - limits.slackMissedHoursMax * hourMs;
  /** A message can have come later than one that was written after it. */
  const marginMs = limits.slackMissedMarginSeconds * 1_000;
  const after = (channel: string) => {
    const last = heard.get(channel);
    return slackTime(Math.max(earliest, (last === undefined ? since : Number(last) * 1_000) - marginMs));
  };
  const direct = [...heard.keys()].filter((channel) => channel.startsWith('D'));
  const threads = await store.threads.recent(self.app, earliest, limits.slackMissedThreadsMax);
  const places: Place[] = [];
  const known = new Set<string>();
  const add = ({ channel, root }: Place) => {
    if (!known.has(`${channel} ${root}`)) places.push({ channel, root });
    known.add(`${channel} ${root}`);
  };
  for (const channel of [...channels, ...direct]) add({ channel });
  // A first message that waits for its decision can have replies too.
  const waiting = await store.inbox.open([self.app], limits.slackInboxAtOnceMax);
  for (const place of [...threads, ...waiting.filter(({ kind }) => kind === 'message')]) add(place);
  let taken = 0;
  let failure: unknown;
  async function look(): Promise<void> {
    for (let place = places.shift(); place; place = places.shift()) {
      const { channel, root } = place;
      const messages = await listed(options, channel, after(channel), root).catch((error: unknown) => {
        failure ??= error;
        return [] as Listed[];
      });
      taken += await take(options, channel, messages);
      if (root !== undefined) continue;
      for (const { ts, reply_count: replies } of messages) if (Number(replies) > 0) add({ channel, root: String(ts) });
    }
  }
  await Promise.all(Array.from({ length: limits.slackMissedAtOnceMax }, look));
  if (failure) throw failure;
  return taken;
}
