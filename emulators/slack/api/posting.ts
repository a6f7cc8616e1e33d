/** What all posts of an app have in common: what may be said, where, how often. */
import { z } from 'zod';
import { messageAt } from '../messages.ts';
import type { Block, Channel, Message } from '../model.ts';
import { directChannel } from '../state.ts';
import { checkBlocks, checkLength } from './blocks.ts';
import { arg, type Call, memberChannel, RateLimited, refuse } from './method.ts';

const metadata = z.object({
  event_type: z.string().regex(/^[A-Za-z0-9_.:-]{1,255}$/),
  event_payload: z.record(z.string(), z.unknown()),
});

export const words = z.object({
  text: arg.text.optional(),
  markdown_text: arg.text.optional(),
  blocks: arg.json(z.unknown()).optional(),
  attachments: arg.json(z.array(z.unknown())).optional(),
  metadata: arg.json(z.unknown()).optional(),
});

const textCharsMax = 40_000;
const metadataBytesMax = 16_000;
const attachmentsMax = 100;

type Words = z.output<typeof words>;

interface Content {
  text: string;
  blocks?: Block[];
  attachments?: unknown[];
  metadata?: z.output<typeof metadata>;
  isCut: boolean;
}

/** What is to be shown, if Slack would take it. */
export function contentOf({ text = '', markdown_text, blocks, attachments = [], ...rest }: Words): Content {
  if (markdown_text !== undefined && (text !== '' || blocks !== undefined)) return refuse('markdown_text_conflict');
  const asBlocks = markdown_text ? [{ type: 'markdown', text: markdown_text }] : blocks;
  const checked = asBlocks === undefined ? undefined : checkBlocks(asBlocks);
  if (checked) checkLength(checked);
  if (attachments.length > attachmentsMax) return refuse('too_many_attachments');
  if (text === '' && !markdown_text && !checked?.length && attachments.length === 0) return refuse('no_text');
  const meta = rest.metadata === undefined ? undefined : metadata.safeParse(rest.metadata);
  if (meta && !meta.success) return refuse('invalid_metadata_format');
  if (meta && JSON.stringify(meta.data).length > metadataBytesMax) return refuse('metadata_too_large');
  return {
    text: (text || (markdown_text ?? '')).slice(0, textCharsMax),
    ...(checked && { blocks: checked }),
    ...(attachments.length > 0 && { attachments }),
    ...(meta && { metadata: meta.data }),
    isCut: text.length > textCharsMax,
  };
}

/** Where the bot may write: a channel it is in, by id or `#name`, or direct messages with a person. */
export function writableChannel(call: Pick<Call<unknown>, 'state' | 'app'>, wanted: string): Channel {
  const { state, app } = call;
  const person = state.users.find(({ id, team, isBot }) => id === wanted && team === app.team && !isBot);
  const named = state.channels.find(({ name, team }) => team === app.team && wanted === `#${name}`);
  const channel = person ? directChannel(state, person.id, app) : memberChannel(call, named?.id ?? wanted);
  return channel.isArchived ? refuse('is_archived') : channel;
}

/** The root of a thread, or undefined for none; a reply is no root. */
export function rootOf(channel: Channel, thread: string | undefined): Message | undefined {
  if (!thread) return undefined;
  const root = messageAt(channel, thread);
  if (!root || root.subtype === 'tombstone') return refuse('thread_not_found');
  return root.thread_ts && root.thread_ts !== root.ts ? refuse('cannot_reply_to_message') : root;
}

/** One post at a time where the emulator was told to keep to that. */
export function keepPace({ state, app }: Pick<Call<unknown>, 'state' | 'app'>, channel: Channel): void {
  if (state.paceMs === 0) return;
  const key = `${app.name} ${channel.id}`;
  const left = (state.posted.get(key) ?? Number.NEGATIVE_INFINITY) + state.paceMs - state.clock.now();
  if (left > 0) throw new RateLimited(Math.max(1, Math.ceil(left / 1000)));
  state.posted.set(key, state.clock.now());
}

/** What an agent's message ends: the line that says what it is doing. */
export function endLine({ state, app }: Pick<Call<unknown>, 'state' | 'app'>, channel: string, thread?: string): void {
  const session = state.sessions.get(`${app.name} ${channel} ${thread}`);
  if (session) session.line = '';
}
