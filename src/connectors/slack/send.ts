/** What is written to Slack: each call with its permit and once; and how a message is found that may stand there. */
import { z } from 'zod';
import { OutsideError } from '../../base/errors.ts';
import type { Redact } from '../../base/redact.ts';
import { type SayPermit, useOf } from '../../conversations/gate/say-gate.ts';
import type { Outgoing, Place } from '../../conversations/outgoing.ts';
import { sanitizeLine } from '../../documents/lines.ts';
import type { Leaving, Sent, Slack } from '../../effects/say-performer.ts';
import { limits } from '../../limits.ts';
import { shaped, spend } from '../http/outside.ts';
import { slackError } from './slack-error.ts';
import type { WebClients } from './web-clients.ts';
import { formView, written } from './written.ts';

export interface SendOptions {
  /** The app's name. */
  app: string;
  clients: {
    read: Pick<WebClients['read'], 'apiCall'>;
    write: Pick<WebClients['write'], 'apiCall' | 'filesUploadV2'>;
  };
  /** Hides the platform's own secrets; an agent's are hidden by its worker. */
  redact: Redact;
}

/** The kind of our messages' metadata. */
const eventType = 'jvagent_message';
/** Our clock and Slack's differ by less. */
const skewMs = 60_000;
const pageSize = 200;

const sentShape = z.object({ ts: z.string().optional() });
const foundShape = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      metadata: z
        .object({ event_type: z.string().optional(), event_payload: z.object({ id: z.unknown() }).optional() })
        .optional(),
      files: z.array(z.object({ name: z.string().nullish(), title: z.string().nullish() })).optional(),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

type Found = z.infer<typeof foundShape>['messages'][number];

/** The last call of what takes several. */
const several: Readonly<Record<string, string>> = {
  upload: 'files.completeUploadExternal',
  session: 'agents.sessions.setStatus',
};

/** What Slack answers where it is done already. */
const done: Readonly<Record<string, string>> = {
  'reactions.add': 'already_reacted',
  'reactions.remove': 'no_reaction',
  'chat.delete': 'message_not_found',
};

interface Call {
  method: string;
  options: Record<string, unknown>;
}

/** What takes one call. */
type Single = Exclude<Outgoing, { kind: 'upload' | 'session' }>;

function callOf(what: Single, { id, place, hosts }: Leaving): Call {
  const { channel, root } = place;
  const metadata = { event_type: eventType, event_payload: { id } };
  const quiet = { unfurl_links: false, unfurl_media: false };
  switch (what.kind) {
    case 'post':
      return {
        method: 'chat.postMessage',
        options: { channel, thread_ts: root, ...written(what, hosts), metadata, ...quiet },
      };
    case 'edit':
      return { method: 'chat.update', options: { channel, ts: what.of, ...written(what, hosts) } };
    case 'delete':
      return { method: 'chat.delete', options: { channel, ts: what.of } };
    case 'form':
      return { method: 'views.open', options: { trigger_id: what.trigger, view: formView(what) } };
    case 'ephemeral': {
      const { user } = what;
      return { method: 'chat.postEphemeral', options: { channel, thread_ts: root, user, ...written(what, hosts) } };
    }
    default: {
      const method = what.kind === 'react' ? 'reactions.add' : 'reactions.remove';
      return { method, options: { channel, timestamp: what.ts, name: what.name } };
    }
  }
}

/** A file's bytes; a text among them without our secrets. */
function bytesOf(content: string, redact: Redact): Buffer {
  const bytes = Buffer.from(content, 'base64');
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? Buffer.from(redact(text)) : bytes;
}

/** Without our secrets; a file's name and title as one line without markup or hidden characters. */
function withoutHidden(what: Outgoing, redact: Redact): Outgoing {
  const line = (text: string) => sanitizeLine(redact(text)) || 'file';
  if (what.kind === 'upload') return { ...what, name: line(what.name), title: line(what.title) };
  return 'text' in what ? { ...what, text: redact(what.text) } : what;
}

/** `what` is as it was sent. */
const isThis = ({ metadata, files = [] }: Found, id: string, what: Outgoing): boolean =>
  what.kind === 'upload'
    ? files.some(({ name, title }) => name === what.name && title === what.title)
    : metadata?.event_type === eventType && metadata.event_payload?.id === id;

export function createSend({ app, clients, redact }: SendOptions): Slack {
  const system = `Slack (${app})`;
  const harmless = (what: Outgoing) => withoutHidden(what, redact);

  /** Its state makes the stop button, its words the line. */
  async function showSession({ status, text }: Extract<Outgoing, { kind: 'session' }>, { channel, root }: Place) {
    const thread = { channel_id: channel, thread_ts: root };
    await clients.write.apiCall('agents.sessions.setStatus', { ...thread, status });
    const line = sanitizeLine(text);
    if (line !== '') await clients.write.apiCall('assistant.threads.setStatus', { ...thread, status: line });
  }

  async function send(permit: SayPermit, leaving: Leaving): Promise<Sent> {
    const { place } = leaving;
    const what = harmless(leaving.what);
    const call = what.kind === 'upload' || what.kind === 'session' ? undefined : callOf(what, leaving);
    const method = call?.method ?? several[what.kind] ?? '';
    const asked = { system, request: `${method} in ${place.channel}` };
    spend(permit, ['say'], useOf(place, leaving.what), asked);
    try {
      if (what.kind === 'upload') {
        const file = { filename: what.name, title: what.title, file: bytesOf(what.content, redact) };
        const where = place.root === undefined ? {} : { thread_ts: place.root };
        await clients.write.filesUploadV2({ channel_id: place.channel, ...where, ...file });
        return {};
      }
      if (what.kind === 'session') {
        await showSession(what, place);
        return {};
      }
      const answer = call && (await clients.write.apiCall(method, call.options));
      const { ts } = shaped(sentShape, answer, asked, true);
      return ts === undefined ? {} : { ts };
    } catch (error) {
      const outside = slackError(error, { app, request: asked.request, mutates: true });
      if (outside.facts.typeKey !== undefined && outside.facts.typeKey === done[method]) return {};
      throw outside;
    }
  }

  async function page(leaving: Leaving, cursor: string | undefined) {
    const { channel, root } = leaving.place;
    const method = root === undefined ? 'conversations.history' : 'conversations.replies';
    const request = `${method} of ${channel}`;
    const oldest = `${Math.floor((leaving.at - skewMs) / 1_000)}.000000`;
    const options = { channel, ts: root, oldest, limit: pageSize, include_all_metadata: true, cursor };
    const answer = await clients.read.apiCall(method, options).catch((error: unknown) => {
      throw slackError(error, { app, request });
    });
    return shaped(foundShape, answer, { system, request });
  }

  return {
    send,
    async find(leaving) {
      let cursor: string | undefined;
      for (let read = 0; read < limits.slackFoundAmongMax; read += pageSize) {
        const { messages, response_metadata: more } = await page(leaving, cursor);
        const found = messages.find((message) => isThis(message, leaving.id, harmless(leaving.what)));
        if (found) return { ts: found.ts };
        cursor = more?.next_cursor || undefined;
        if (cursor === undefined) return undefined;
      }
      const request = `the search for a message in ${leaving.place.channel}`;
      throw new OutsideError(`${system}: ${request} was not read to its end`, { system, request, kind: 'failed' });
    },
  };
}
