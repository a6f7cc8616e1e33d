/** The running calls in one tool host: their owners, their events, and their answers. */
import type { SessionId } from '../broker/session-id.ts';
import type { HostEvent, HostRequest } from './tool-protocol.ts';

type EventOf<K extends HostEvent['kind']> = Extract<HostEvent, { kind: K }>;
export type LogLevel = EventOf<'log'>['level'];

/** The call that an event belongs to; set by us, not by the tool. */
export interface CallOrigin {
  readonly tool: string;
  readonly sessionId: SessionId;
}

export interface CallListeners {
  onLog(origin: CallOrigin, level: LogLevel, text: string): void;
}

/** Where the messages of a call go. */
type Publish = (message: unknown) => Promise<unknown>;

export interface ToolCalls {
  open(origin: CallOrigin, publish: Publish): { call: number; answered: Promise<EventOf<'answer'>> };
  /** Ends a call: its later events are dropped. */
  close(call: number): void;
  /** Events of calls that are not running are dropped. */
  hear(event: EventOf<'answer' | 'log' | 'publish'>): void;
}

/** More log lines of a call are dropped. */
const logLinesMax = 200;
const publishesMax = 20;

interface Pending {
  readonly origin: CallOrigin;
  readonly publish: Publish;
  logLines: number;
  publishes: number;
  settle(answer: EventOf<'answer'>): void;
}

export function createToolCalls(listeners: CallListeners, send: (request: HostRequest) => void): ToolCalls {
  const pending = new Map<number, Pending>();
  let opened = 0;

  async function publish(from: Pending, { publish: id, message }: EventOf<'publish'>): Promise<void> {
    from.publishes += 1;
    const isTooMany = from.publishes > publishesMax;
    const result = isTooMany
      ? { error: `at most ${publishesMax} messages in one call` }
      : await from.publish(message).then(
          (value) => ({ result: value ?? null }),
          (error: Error) => ({ error: error.message }),
        );
    send({ kind: 'published', publish: id, ...result });
  }

  return {
    open(origin, publishFrom) {
      const call = opened++;
      const { promise, resolve } = Promise.withResolvers<EventOf<'answer'>>();
      pending.set(call, { origin, publish: publishFrom, logLines: 0, publishes: 0, settle: resolve });
      return { call, answered: promise };
    },
    close(call) {
      pending.delete(call);
    },
    hear(event) {
      const from = pending.get(event.call);
      if (!from) return;
      if (event.kind === 'answer') from.settle(event);
      else if (event.kind === 'publish') void publish(from, event);
      else if (from.logLines++ < logLinesMax) listeners.onLog(from.origin, event.level, event.text);
    },
  };
}
