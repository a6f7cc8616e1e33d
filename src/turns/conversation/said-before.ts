/** What was said in a thread that its agent was not given: before it joined, and meanwhile by people among themselves. */
import type { Heard } from '../../conversations/heard.ts';
import type { ThreadMessage } from '../../conversations/thread.ts';
import { limits } from '../../limits.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import type { Speech } from './speech.ts';

/** Oldest first; of a very long thread only its beginning. */
async function readThread(speech: Speech): Promise<ThreadMessage[] | Refusal> {
  const messages: ThreadMessage[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < limits.threadPagesMax; page += 1) {
    const read = await speech.read({ limit: limits.threadPageMessages, ...(cursor === undefined ? {} : { cursor }) });
    if (isRefusal(read)) return read;
    messages.push(...read.messages);
    cursor = read.next;
    if (cursor === undefined) break;
  }
  return messages;
}

/**
 * Oldest first. `seenUntil` is Slack's time of the newest message that the agent knows; without it, it knows nothing of the
 * thread, not even its own words.
 */
export async function saidBefore(
  speech: Speech,
  heard: readonly Heard[],
  seenUntil: string | undefined,
): Promise<ThreadMessage[] | Refusal> {
  const given = new Set(heard.map(({ ts }) => ts));
  const last = Number(heard.at(-1)?.ts ?? Number.POSITIVE_INFINITY);
  const messages = await readThread(speech);
  if (isRefusal(messages)) return messages;
  const isNew = ({ ts, isOurs }: ThreadMessage) =>
    seenUntil === undefined || (!isOurs && Number(ts) > Number(seenUntil));
  return messages.filter((message) => Number(message.ts) < last && !given.has(message.ts) && isNew(message));
}
