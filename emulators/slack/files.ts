/** Files: made by an upload, shared with a message, and read by those whose token or cookie may. */
import { extname } from 'node:path';
import { post } from './messages.ts';
import type { Channel, Message, SlackFile } from './model.ts';
import { newId, type State, type Stored, userOf } from './state.ts';

const kinds: Record<string, [mimetype: string, filetype: string, pretty: string]> = {
  '.md': ['text/markdown', 'markdown', 'Markdown (raw)'],
  '.txt': ['text/plain', 'text', 'Plain Text'],
  '.diff': ['text/x-diff', 'diff', 'Diff'],
  '.json': ['application/json', 'json', 'JSON'],
  '.csv': ['text/csv', 'csv', 'CSV'],
  '.pdf': ['application/pdf', 'pdf', 'PDF'],
  '.png': ['image/png', 'png', 'PNG'],
  '.jpg': ['image/jpeg', 'jpg', 'JPEG'],
};

/** A file that waits for its bytes. */
export function newFile(state: State, user: string, name: string, length: number): Stored {
  const id = newId('F');
  const now = Math.trunc(state.clock.now() / 1000);
  const [mimetype, filetype, pretty_type] = kinds[extname(name)] ?? ['application/octet-stream', 'binary', 'Binary'];
  const { team } = userOf(state, user);
  const at = `${state.baseUrl()}/files-pri/${team}-${id}`;
  const file: SlackFile = {
    id,
    created: now,
    timestamp: now,
    name,
    title: name,
    mimetype,
    filetype,
    pretty_type,
    user,
    size: length,
    mode: 'hosted',
    is_external: false,
    is_public: false,
    url_private: `${at}/${encodeURIComponent(name)}`,
    url_private_download: `${at}/download/${encodeURIComponent(name)}`,
    permalink: `${state.baseUrl()}/files/${user}/${id}/${encodeURIComponent(name)}`,
    channels: [],
    groups: [],
    ims: [],
    shares: { public: {}, private: {} },
  };
  const stored = { file, bytes: Buffer.alloc(0), length, isComplete: false };
  state.files.set(id, stored);
  return stored;
}

/** Shares files in a channel by one message of their owner. */
export function share(
  state: State,
  channel: Channel,
  stored: readonly Stored[],
  said: { user: string; text: string; thread?: string | undefined },
): Message {
  const files = stored.map(({ file }) => file);
  const message = post(state, channel, { ...said, files });
  const where = channel.kind === 'channel' ? 'public' : 'private';
  for (const file of files) {
    const list = { channel: file.channels, group: file.groups, im: file.ims }[channel.kind];
    if (!list.includes(channel.id)) list.push(channel.id);
    file.is_public ||= channel.kind === 'channel';
    const thread = said.thread ? { thread_ts: said.thread } : {};
    file.shares[where][channel.id] = [...(file.shares[where][channel.id] ?? []), { ts: message.ts, ...thread }];
  }
  return message;
}

/** Whether a user may read the file: its owner, and who is where it was shared. */
export function mayRead(state: State, { file }: Stored, user: string): boolean {
  const places = [...file.channels, ...file.groups, ...file.ims];
  return file.user === user || state.channels.some(({ id, members }) => places.includes(id) && members.has(user));
}
