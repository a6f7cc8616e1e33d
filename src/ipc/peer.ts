/**
 * One end of a channel between two of our processes: typed calls in both directions, each with one answer.
 *
 * call(method, params) -> {id, method, params} -> the other end's method -> {id, result | error}.
 */
import { messageOf } from '../base/errors.ts';

/** The part of Node's IPC that both sides have. */
export interface Channel {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** `why` is given where the other process never came to be. */
  onClose(listener: (why?: Error) => void): void;
}

/** Maps the name of a method to its parameters and its result. */
export type Methods = Record<string, { params: unknown; result: unknown }>;

export type Implementation<M extends Methods> = {
  [K in keyof M]: (params: M[K]['params']) => Promise<M[K]['result']>;
};

export interface Peer<Remote extends Methods> {
  /** Rejects with the other end's message, or if the channel closes first. */
  call<K extends keyof Remote & string>(method: K, params: Remote[K]['params']): Promise<Remote[K]['result']>;
}

export interface PeerOptions<Local extends Methods> {
  channel: Channel;
  methods: Implementation<Local>;
  /** Checks the parameters before the method gets them; throws if they do not match the schema. */
  parse: (method: string, params: unknown) => unknown;
}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

interface Envelope {
  id: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: string;
}

export function createPeer<Local extends Methods, Remote extends Methods>(options: PeerOptions<Local>): Peer<Remote> {
  const { channel, methods, parse } = options;
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let closed = false;

  function settle({ id, result, error }: Envelope): void {
    const call = waiting.get(id);
    waiting.delete(id);
    if (error !== undefined) call?.reject(new Error(error));
    else call?.resolve(result);
  }

  async function answer({ id, method = '', params }: Envelope): Promise<void> {
    try {
      const implementation = methods[method];
      if (!implementation) throw new Error(`bug: this end has no method ${method}`);
      const result = await implementation(parse(method, params) as never);
      if (!closed) channel.send({ id, result });
    } catch (error) {
      if (!closed) channel.send({ id, error: messageOf(error) });
    }
  }

  channel.onMessage((message) => {
    const envelope = message as Envelope;
    if (envelope.method === undefined) settle(envelope);
    else void answer(envelope);
  });
  channel.onClose((why = new Error('the other process has ended')) => {
    closed = true;
    for (const call of waiting.values()) call.reject(why);
    waiting.clear();
  });

  return {
    call: (method, params) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('the other process has ended'));
        const id = nextId++;
        waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
        channel.send({ id, method, params });
      }),
  };
}
