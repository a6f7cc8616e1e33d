/** What a method of the Web API is: the scope it needs, its arguments, its answer; and how it refuses. */
import { z } from 'zod';
import type { SocketMode } from '../events/socket.ts';
import type { Channel, SlackApp } from '../model.ts';
import type { State } from '../state.ts';

/** An answer with `ok: false`; `extra` are further fields of it. */
export class SlackError extends Error {
  readonly code: string;
  readonly extra: Record<string, unknown>;

  constructor(code: string, extra: Record<string, unknown> = {}) {
    super(code);
    this.code = code;
    this.extra = extra;
  }
}

/** An answer 429. */
export class RateLimited extends Error {
  readonly seconds: number;

  constructor(seconds: number) {
    super('ratelimited');
    this.seconds = seconds;
  }
}

export const refuse = (code: string, ...messages: string[]): never => {
  throw new SlackError(code, messages.length > 0 ? { response_metadata: { messages } } : {});
};

export interface Call<A> {
  state: State;
  socket: SocketMode;
  app: SlackApp;
  args: A;
}

export interface Method {
  /** The token that it takes. */
  token: 'bot' | 'app';
  /** One of these scopes is needed; of a channel its kind decides which. */
  scopes: readonly string[];
  run(call: Omit<Call<unknown>, 'args'>, given: Record<string, unknown>): Promise<Record<string, unknown>>;
}

type Answer = Record<string, unknown> | undefined;

/** A method for bot tokens. */
export function method<S extends z.ZodType>(
  scopes: string | readonly string[],
  schema: S,
  answer: (call: Call<z.output<S>>) => Answer | Promise<Answer>,
): Method {
  return {
    token: 'bot',
    scopes: typeof scopes === 'string' ? scopes.split(' ').filter(Boolean) : scopes,
    async run(call, given) {
      const parsed = schema.safeParse(given);
      if (!parsed.success) return refuse('invalid_arguments', ...parsed.error.issues.map(told));
      return (await answer({ ...call, args: parsed.data })) ?? {};
    },
  };
}

function told({ path, message, code, ...issue }: z.core.$ZodIssue): string {
  const isMissing = code === 'invalid_type' && issue.input === undefined;
  return `[ERROR] ${isMissing ? 'missing required field: ' : ''}${isMissing ? path.join('.') : message} [json-pointer:/${path.join('/')}]`;
}

const unpacked = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

/** Arguments come as JSON, or as text in a form. */
export const arg = {
  text: z.coerce.string(),
  ts: z.string().regex(/^\d{10,}\.\d{6}$/),
  flag: z.preprocess(
    (value) => (value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value),
    z.boolean(),
  ),
  count: z.coerce.number().int(),
  json: <S extends z.ZodType>(schema: S) => z.preprocess(unpacked, schema),
};

/** The channel, if the app may know of it. */
export function channelFor({ state, app }: Pick<Call<unknown>, 'state' | 'app'>, id: string): Channel {
  const channel = state.channels.find((each) => each.id === id && each.team === app.team);
  if (!channel || (channel.kind !== 'channel' && !channel.members.has(app.botUser))) return refuse('channel_not_found');
  return channel;
}

/** The same for what only members may do. */
export function memberChannel(call: Pick<Call<unknown>, 'state' | 'app'>, id: string): Channel {
  const channel = channelFor(call, id);
  return channel.members.has(call.app.botUser) ? channel : refuse('not_in_channel');
}

const kindScopes = { channel: 'channels', group: 'groups', im: 'im' } as const;

/** `channels:history` for a channel, `groups:history` for a private one, `im:history` for direct messages. */
export function needScope({ app }: Pick<Call<unknown>, 'app'>, { kind }: Channel, what: string): void {
  const needed = `${kindScopes[kind]}:${what}`;
  if (!app.scopes.includes(needed)) {
    throw new SlackError('missing_scope', { needed, provided: app.scopes.join(',') });
  }
}
