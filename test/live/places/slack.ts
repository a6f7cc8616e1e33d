/** A channel of Slack that nobody talks in: messages of the run's app, which begin with the name of the run. */
import { isLoopbackUrl } from '../../../src/agents/config/forms.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { createReads, type Identity, type SlackReads } from '../../../src/connectors/slack/reads.ts';
import { createSend } from '../../../src/connectors/slack/send.ts';
import { slackError } from '../../../src/connectors/slack/slack-error.ts';
import { createWebClients } from '../../../src/connectors/slack/web-clients.ts';
import { useOf } from '../../../src/conversations/gate/say-gate.ts';
import type { Outgoing } from '../../../src/conversations/outgoing.ts';
import type { Leaving, Sent } from '../../../src/effects/say-performer.ts';
import { limits } from '../../../src/limits.ts';
import { type ConversationBinding, Permit } from '../../../src/work-items/gate/permit.ts';
import { namesRun } from '../mark.ts';
import { pick } from '../raw.ts';
import { type Place, type PlaceOptions, removeEach } from './place.ts';

type Message = Readonly<Record<string, unknown>>;

export interface SlackChannel extends Place {
  run: string;
  channel: string;
  /** Where the app token would open a socket, '' where Slack does not say; undefined where the settings name no such token. */
  socketAddress: (() => Promise<string>) | undefined;
  identity(): Promise<Identity>;
  /** The product's own reads, by default with the bot token. */
  reads(token?: string): Promise<SlackReads>;
  /** Sends as the product does, at the pace that Slack asks for; what it answers is told with the id of the message. */
  send(what: Outgoing, root?: string): Promise<Sent & { id: string }>;
  /** Whether the product finds a message of that id again. */
  find(id: string, what: Outgoing, root?: string): Promise<Sent | undefined>;
  /** Any method; Slack's own name of the error is in `error`. Throws an OutsideError where there is no answer. */
  call(method: string, options: Readonly<Record<string, unknown>>): Promise<Message>;
}

/** What people and programs say; all else is Slack's own account of a channel. */
const said = new Set([undefined, 'file_share', 'thread_broadcast', 'bot_message', 'me_message']);
const pagesMax = 20;
const app = 'live';

const textOf = (message: Message) => String(message.text ?? '');
const tsOf = (message: Message) => String(message.ts);

function paced(pauseMs: number) {
  let next = 0;
  return async (): Promise<void> => {
    const now = systemClock.now();
    const at = Math.max(next, now);
    next = at + pauseMs;
    if (at > now) await systemClock.sleep(at - now);
  };
}

/** A channel, or one thread of it, to its end. */
async function everything(reads: SlackReads, channel: string, root?: string): Promise<Message[]> {
  const all: Message[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const { messages, next } = await reads.page({ channel, root, cursor, limit: limits.slackPageMax });
    all.push(...messages);
    if (next === undefined) return all;
    cursor = next;
  }
  throw new Error(`it holds more than ${all.length} messages`);
}

export function createSlackChannel(options: PlaceOptions): SlackChannel {
  const { settings, run, fetch, redact, made } = options;
  const { SLACK_API_URL: apiUrl, SLACK_BOT_TOKEN: botToken = '', SLACK_CHANNEL: channel = '' } = settings;
  const { SLACK_APP_TOKEN: appToken } = settings;
  const isEmulator = isLoopbackUrl(apiUrl);
  const clients = (token = botToken) => createWebClients({ token, apiUrl, fetch });
  const reads = async (token?: string) => createReads((await clients(token)).read, app);
  const turn = paced(isEmulator ? 0 : limits.slackPostPauseMs * 1.2);
  const sender = async () => createSend({ app, clients: await clients(), redact });
  const leaving = (id: string, what: Outgoing, root: string | undefined): Leaving => {
    const place = { app, channel, ...(root === undefined ? {} : { root }) };
    return { id, place, what, hosts: [], at: systemClock.now() };
  };

  async function socketAddress(token: string): Promise<string> {
    const request = 'apps.connections.open';
    const answer = await (await clients(token)).read.apiCall(request).catch((error: unknown) => {
      throw slackError(error, { app, request });
    });
    return String(pick(answer, 'url') ?? '');
  }

  const call: SlackChannel['call'] = async (method, given) => {
    const { write } = await clients();
    try {
      const answer = (await write.apiCall(method, { ...given })) as unknown as Message;
      if (method === 'chat.postMessage') made.messages.add(tsOf(answer));
      return answer;
    } catch (error) {
      const answer = pick(error, 'data');
      if (typeof pick(answer, 'error') === 'string') return answer as Message;
      throw slackError(error, { app, request: method, mutates: true });
    }
  };

  const isOurs = (message: Message, { botUser }: Identity) => message.user === botUser && namesRun(textOf(message));

  /** The times of our messages, newest first, so that an answer goes before what it answers. */
  async function ours(): Promise<string[]> {
    const all = await reads();
    const me = await all.identity();
    const found = new Set(made.messages);
    for (const root of (await everything(all, channel)).filter((message) => isOurs(message, me))) {
      const thread = Number(root.reply_count ?? 0) > 0 ? await everything(all, channel, tsOf(root)) : [];
      for (const message of [root, ...thread]) if (isOurs(message, me)) found.add(tsOf(message));
    }
    return [...found].sort((a, b) => Number(b) - Number(a));
  }

  async function remove(ts: string): Promise<void> {
    await turn();
    const answer = await call('chat.delete', { channel, ts });
    if (answer.ok !== true && answer.error !== 'message_not_found') throw new Error(String(answer.error));
  }

  return {
    name: `channel ${channel} of Slack`,
    ...{ isEmulator, run, channel, reads, call },
    socketAddress: appToken === undefined ? undefined : () => socketAddress(appToken),
    identity: async () => (await reads()).identity(),
    async send(what, root) {
      await turn();
      const out = leaving(`${run}-${crypto.randomUUID()}`, what, root);
      const binding = {
        kind: 'say',
        agentId: app,
        sessionId: app,
        ...useOf(out.place, what),
        configDigest: '',
      } as const;
      const permit = Permit.mint<ConversationBinding>(out.id, binding, systemClock);
      const sent = await (await sender()).send(permit, out);
      if (what.kind === 'post' && sent.ts !== undefined) made.messages.add(sent.ts);
      return { ...sent, id: out.id };
    },
    find: async (id, what, root) => (await sender()).find(leaving(id, what, root)),
    async foreign() {
      const all = await reads();
      const { isShared, isMember } = await all.channel(channel);
      if (!isMember) throw new Error('the app is not in it; invite it there');
      const me = await all.identity();
      const messages = await everything(all, channel);
      const others = messages.filter(
        (message) => said.has(message.subtype as string | undefined) && !isOurs(message, me),
      );
      const shared = isShared ? ['people of another company'] : [];
      return others.length > 0 ? [...shared, `${others.length} messages of others`] : shared;
    },
    clean: async () => removeEach(await ours(), (ts) => `message ${ts}`, remove),
  };
}
