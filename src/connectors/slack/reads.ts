/** What is read from Slack: who the app is, what a channel is, and what was said there. */
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { LiveUser } from '../../conversations/gate/person-decision.ts';
import { limits } from '../../limits.ts';
import { shaped } from '../http/outside.ts';
import { slackError } from './slack-error.ts';

/** Who the app is in its workspace. */
export interface Identity {
  readonly team: string;
  readonly botUser: string;
  readonly botId?: string | undefined;
  /** Whether Slack may show its threads as sessions of an agent, with a state and a stop button. */
  readonly hasSessions?: boolean;
}

export interface Channel {
  /** Whether people of another company are in it. */
  readonly isShared: boolean;
  readonly isMember: boolean;
  readonly isArchived: boolean;
  readonly name?: string | undefined;
}

/** One page of messages, as Slack writes them; a thread's are oldest first, a channel's newest first. */
export interface Page {
  readonly messages: readonly Record<string, unknown>[];
  readonly next?: string | undefined;
}

export interface PageQuery {
  readonly channel: string;
  /** The time of the thread's first message; without it the channel itself is read. */
  readonly root?: string | undefined;
  /** Only messages after this time. */
  readonly oldest?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Every call throws an OutsideError where Slack does not give what was asked for. */
export interface SlackReads {
  identity(): Promise<Identity>;
  /** The scopes of the bot token. */
  scopes(): Promise<readonly string[]>;
  channel(id: string): Promise<Channel>;
  page(query: PageQuery): Promise<Page>;
  /** The name that people see; undefined where Slack tells none. */
  userName(id: string): Promise<string | undefined>;
  /** Who that is now, for a decision: never an answer of earlier. */
  user(id: string): Promise<LiveUser>;
}

const identityShape = z.object({
  ...{ team_id: z.string(), user_id: z.string(), bot_id: z.string().optional() },
  response_metadata: z.object({ scopes: z.array(z.string()).default([]) }).optional(),
});
/** The scope of an app that is declared an agent in its settings. */
const agentScope = 'assistant:write';
const scopesShape = z.object({ response_metadata: z.object({ scopes: z.array(z.string()) }) });
const flag = z.boolean().default(false);
const channelShape = z.object({
  channel: z.object({
    name: z.string().optional(),
    is_member: flag,
    is_im: flag,
    is_archived: flag,
    is_ext_shared: flag,
    is_pending_ext_shared: flag,
  }),
});
const pageShape = z.object({
  messages: z.array(z.record(z.string(), z.unknown())),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
const userShape = z.object({
  user: z.object({
    team_id: z.string().optional(),
    is_bot: flag,
    is_workflow_bot: flag,
    is_restricted: flag,
    is_ultra_restricted: flag,
    is_stranger: flag,
    deleted: flag,
    name: z.string().optional(),
    real_name: z.string().optional(),
    profile: z.object({ display_name: z.string().optional() }).optional(),
  }),
});

/** Whether the app token opens a socket; none is opened. Throws an OutsideError if it does not. */
export async function asksForSocket(client: Pick<WebClient, 'apiCall'>, app: string): Promise<void> {
  const request = 'apps.connections.open';
  await client.apiCall(request).catch((error: unknown) => {
    throw slackError(error, { app, request });
  });
}

export function createReads(client: Pick<WebClient, 'apiCall'>, app: string): SlackReads {
  async function ask<T>(method: string, options: Record<string, unknown>, shape: z.ZodType<T>): Promise<T> {
    const about = typeof options.channel === 'string' ? ` of ${options.channel}` : '';
    const request = `${method}${about}`;
    const answer = await client.apiCall(method, options).catch((error: unknown) => {
      throw slackError(error, { app, request });
    });
    return shaped(shape, answer, { system: `Slack (${app})`, request });
  }

  return {
    async identity() {
      const answer = await ask('auth.test', {}, identityShape);
      const { team_id: team, user_id: botUser, bot_id: botId, response_metadata: more } = answer;
      return { team, botUser, botId, hasSessions: more?.scopes.includes(agentScope) ?? false };
    },
    scopes: async () => (await ask('auth.test', {}, scopesShape)).response_metadata.scopes,
    async channel(id) {
      const { channel } = await ask('conversations.info', { channel: id }, channelShape);
      return {
        isShared: channel.is_ext_shared || channel.is_pending_ext_shared,
        isMember: channel.is_member || channel.is_im,
        isArchived: channel.is_archived,
        name: channel.name,
      };
    },
    async page({ channel, root, oldest, cursor, limit }) {
      const method = root === undefined ? 'conversations.history' : 'conversations.replies';
      const options = { channel, ts: root, oldest, cursor, limit: Math.min(limit, limits.slackPageMax) };
      const { messages, response_metadata: more } = await ask(method, options, pageShape);
      return { messages, next: more?.next_cursor || undefined };
    },
    async user(id) {
      const { user } = await ask('users.info', { user: id }, userShape);
      return {
        team: user.team_id,
        isBot: user.is_bot || user.is_workflow_bot || id === 'USLACKBOT',
        isGuest: user.is_restricted || user.is_ultra_restricted || user.is_stranger,
        isDeleted: user.deleted,
      };
    },
    async userName(id) {
      const { user } = await ask('users.info', { user: id }, userShape);
      return user.profile?.display_name || user.real_name || user.name;
    },
  };
}
