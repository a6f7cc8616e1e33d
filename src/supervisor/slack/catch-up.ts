/** Reads what was written while an app had no connection, so that a gap loses nothing. Messages that came twice are let in once. */
import type { SlackReads } from '../../connectors/slack/reads.ts';
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
  now: number;
}

const hourMs = 3_600_000;

const slackTime = (ms: number) => `${(ms / 1_000).toFixed(6)}`;

/** The messages after `oldest`, oldest first; a very long list is not read to its end. */
async function listed({ reads }: CatchUpOptions, channel: string, oldest: string, root?: string): Promise<unknown[]> {
  const messages: Record<string, unknown>[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < limits.slackMissedPagesMax; pages += 1) {
    const page = await reads.page({ channel, root, oldest, cursor, limit: limits.slackPageMax });
    messages.push(...page.messages);
    cursor = page.next;
    if (cursor === undefined) break;
  }
  // The root of a thread comes first whatever its time.
  const isMissed = ({ ts }: Record<string, unknown>) => Number(ts) > Number(oldest);
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
  const { self, store, channels, since, now } = options;
  if (since === undefined) return 0;
  const earliest = now - limits.slackMissedHoursMax * hourMs;
  const heard = await store.inbox.lastHeard(self.app);
  /** A message can have come later than one that was written after it. */
  const marginMs = limits.slackMissedMarginSeconds * 1_000;
  const after = (channel: string) => {
    const last = heard.get(channel);
    return slackTime(Math.max(earliest, last === undefined ? since : Number(last) * 1_000 - marginMs));
  };
  const direct = [...heard.keys()].filter((channel) => channel.startsWith('D'));
  const threads = await store.threads.recent(self.app, earliest, limits.slackMissedThreadsMax);
  const places: { channel: string; root?: string }[] = [
    ...[...new Set([...channels, ...direct])].map((channel) => ({ channel })),
    ...threads,
  ];
  let taken = 0;
  let failure: unknown;
  for (const { channel, root } of places) {
    const messages = await listed(options, channel, after(channel), root).catch((error: unknown) => {
      failure ??= error;
      return [];
    });
    taken += await take(options, channel, messages);
  }
  if (failure) throw failure;
  return taken;
}
