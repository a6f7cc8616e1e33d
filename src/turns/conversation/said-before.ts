/** What was said in a thread that its agent was not given: before it joined, and meanwhile by people among themselves. */
import type { Heard } from '../../conversations/heard.ts';
import type { ThreadMessage } from '../../conversations/thread.ts';
import { limits } from '../../limits.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import type { Speech } from './speech.ts';

/** Oldest first. */
export interface SaidBefore {
  readonly messages: ThreadMessage[];
  /** Whether more was said than was read. */
  readonly isCut: boolean;
}

const daySeconds = 86_400;

/** With `oldest` only what was said after that time of Slack's. */
async function readThread(speech: Speech, oldest?: string): Promise<SaidBefore | Refusal> {
  const messages: ThreadMessage[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < limits.threadPagesMax; page += 1) {
    const asked = { limit: limits.threadPageMessages, ...(oldest === undefined ? {} : { oldest }) };
    const read = await speech.read({ ...asked, ...(cursor === undefined ? {} : { cursor }) });
    if (isRefusal(read)) return read;
    messages.push(...read.messages);
    cursor = read.next;
    if (cursor === undefined) break;
  }
  return { messages, isCut: cursor !== undefined };
}

/** Of a very long thread its beginning, and what was said in the day before `until`, a time of Slack's. */
async function readEnds(speech: Speech, until: number): Promise<SaidBefore | Refusal> {
  const whole = await readThread(speech);
  if (isRefusal(whole) || !whole.isCut || !Number.isFinite(until)) return whole;
  const recent = await readThread(speech, (until - daySeconds).toFixed(6));
  if (isRefusal(recent)) return recent;
  const last = Number(whole.messages.at(-1)?.ts);
  return { messages: [...whole.messages, ...recent.messages.filter(({ ts }) => Number(ts) > last)], isCut: true };
}

/** `seenUntil` is Slack's time of the newest message that the agent knows; without it, it knows nothing, not even its own words. */
export async function saidBefore(
  speech: Speech,
  heard: readonly Heard[],
  seenUntil: string | undefined,
): Promise<SaidBefore | Refusal> {
  const given = new Set(heard.map(({ ts }) => ts));
  const last = Number(heard.at(-1)?.ts ?? Number.POSITIVE_INFINITY);
  const read = await (seenUntil === undefined ? readEnds(speech, last) : readThread(speech, seenUntil));
  if (isRefusal(read)) return read;
  const isNew = ({ ts, isOurs }: ThreadMessage) =>
    seenUntil === undefined || (!isOurs && Number(ts) > Number(seenUntil));
  const isBefore = (message: ThreadMessage) => Number(message.ts) < last && !given.has(message.ts) && isNew(message);
  return { ...read, messages: read.messages.filter(isBefore) };
}
