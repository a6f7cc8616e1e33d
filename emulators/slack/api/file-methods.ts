/** Uploads in three steps, and what is known of a file. */
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { mayRead, newFile, share } from '../files.ts';
import type { State } from '../state.ts';
import { appOfToken, bearer } from './access.ts';
import { arg, type Call, type Method, method, refuse, SlackError } from './method.ts';
import { keepPace, rootOf, writableChannel } from './posting.ts';

const announced = z.object({ filename: arg.text, length: arg.count });

const complete = z.object({
  files: arg.json(z.array(z.object({ id: z.string(), title: z.string().optional() })).min(1)),
  channel_id: arg.text.optional(),
  thread_ts: arg.text.optional(),
  initial_comment: arg.text.optional(),
  blocks: arg.json(z.array(z.looseObject({ type: z.string() }))).optional(),
});

const fileBytesMax = 1 << 30;

function announce({ state, app, args }: Call<z.output<typeof announced>>): Record<string, unknown> {
  if (args.length <= 0) return refuse('invalid_arguments', '[ERROR] length must be greater than 0');
  if (args.length > fileBytesMax) return refuse('file_upload_size_restricted');
  const { file } = newFile(state, app.botUser, args.filename, args.length);
  return { upload_url: `${state.baseUrl()}/upload/v1/${file.id}`, file_id: file.id };
}

function finish(call: Call<z.output<typeof complete>>): Record<string, unknown> {
  const { state, app, args } = call;
  const stored = args.files.map(({ id }) => state.files.get(id) ?? refuse('file_not_found'));
  if (stored.some(({ file }) => file.user !== app.botUser)) return refuse('file_not_found');
  if (stored.some(({ bytes, length }) => bytes.length !== length)) return refuse('file_not_found');
  if (stored.some(({ isComplete }) => isComplete)) return refuse('file_update_failed');
  // The real one breaks at this block here.
  if (args.blocks?.some(({ type }) => type === 'markdown')) return refuse('internal_error');
  const channel = args.channel_id === undefined ? undefined : writableChannel(call, args.channel_id);
  const root = channel && rootOf(channel, args.thread_ts);
  if (channel) keepPace(call, channel);
  stored.forEach((each, n) => {
    each.isComplete = true;
    each.file.title = args.files[n]?.title ?? each.file.name;
  });
  const text = args.initial_comment ?? '';
  if (channel) share(state, channel, stored, { user: app.botUser, text, thread: root?.ts });
  return { files: stored.map(({ file }) => structuredClone(file)) };
}

export const fileMethods: Record<string, Method> = {
  'files.getUploadURLExternal': method('files:write', announced, announce),
  'files.completeUploadExternal': method('files:write', complete, finish),
  'files.info': method('files:read', z.object({ file: arg.text }), ({ state, app, args }) => {
    const stored = state.files.get(args.file);
    if (!stored?.isComplete || !mayRead(state, stored, app.botUser)) return refuse('file_not_found');
    return { file: structuredClone(stored.file), comments: [], response_metadata: { next_cursor: '' } };
  }),
};

/** The bytes: the body itself, or the file in a form. */
async function bytesOf(c: Context): Promise<Buffer> {
  if (!(c.req.header('content-type') ?? '').includes('multipart/form-data'))
    return Buffer.from(await c.req.arrayBuffer());
  const parts = Object.values(await c.req.parseBody());
  const file = parts.find((part) => part instanceof File);
  return file ? Buffer.from(await file.arrayBuffer()) : Buffer.from(String(parts[0] ?? ''));
}

/** Where uploads go, and where the bytes of a file are. `visitorOf` is the person whose browser asks. */
export function fileRoutes(state: State, visitorOf: (c: Context) => string | undefined): Hono {
  const routes = new Hono();
  routes.post('/upload/v1/:id', async (c) => {
    const stored = state.files.get(c.req.param('id'));
    if (!stored || stored.isComplete) return c.text('invalid upload url', 404);
    stored.bytes = await bytesOf(c);
    return c.text(`OK - ${stored.bytes.length}`);
  });
  routes.get('/files-pri/:id/*', (c) => {
    const [, id = ''] = c.req.param('id').split('-');
    const stored = state.files.get(id);
    const reader = readerOf(state, c, visitorOf);
    // Like Slack: who may not see it gets a page to sign in, with status 200.
    if (!reader || !stored?.isComplete || !mayRead(state, stored, reader)) {
      return c.html('<!DOCTYPE html><html lang="en"><title>Slack</title><p>Sign in to see this file.</p></html>');
    }
    const isText = /^text\/|json$/.test(stored.file.mimetype);
    return c.body(new Uint8Array(stored.bytes), 200, {
      'content-type': isText ? 'text/plain; charset=utf-8' : stored.file.mimetype,
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    });
  });
  return routes;
}

/** Whoever asks: the bot of a token, or a person's browser. */
function readerOf(state: State, c: Context, visitorOf: (c: Context) => string | undefined): string | undefined {
  const token = bearer(c.req.header('authorization'));
  if (token === undefined) return visitorOf(c);
  try {
    const { app, kind } = appOfToken(state, token);
    return kind === 'bot' && app.scopes.includes('files:read') ? app.botUser : undefined;
  } catch (error) {
    if (error instanceof SlackError) return undefined;
    throw error;
  }
}
