/**
 * Sends the hooks of all emulators: asynchronously, only to loopback, and on demand late, twice or not at all.
 *
 * event -> request -> its send times (immediately by default) -> POST, whose answer is only recorded
 */
import type { Clock } from '../../src/base/clock.ts';

export interface HookRequest {
  /** Must be on loopback. */
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface Delivery {
  url: string;
  body: string;
  /** The receiver's answer; null if it could not be reached, or has not answered yet. */
  status: number | null;
}

/** When each copy of the nth hook is sent, in milliseconds from now: `[0]` is normal, `[]` loses it, `[0, 500]` sends it twice. */
export type Timetable = (nth: number) => readonly number[];

export interface HookSender {
  /** Sends a hook asynchronously. Throws if the url is not on loopback. */
  send(request: HookRequest): void;
  /** Sends hooks by this timetable from now on; without one, each hook is sent once, immediately. */
  misbehave(timetable?: Timetable): void;
  /** All sent hooks, oldest first. */
  deliveries(): Delivery[];
  /** Resolves when all hooks so far have been answered or have failed. */
  idle(): Promise<void>;
  /** Drops hooks that are not sent yet, and sends no more. */
  close(): void;
}

const answerMs = 10_000;
const atOnce: Timetable = () => [0];
const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether hooks may be sent to this url. */
export function isLoopback(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) && loopback.has(new URL(url).hostname);
}

export function createHookSender({ clock }: { clock: Clock }): HookSender {
  const closing = new AbortController();
  const recorded: Delivery[] = [];
  const pending = new Set<Promise<void>>();
  let timetable = atOnce;
  let count = 0;

  async function deliver({ url, headers, body }: HookRequest, afterMs: number): Promise<void> {
    if (afterMs > 0) await clock.sleep(afterMs, closing.signal);
    if (closing.signal.aborted) return;
    const delivery: Delivery = { url, body, status: null };
    recorded.push(delivery);
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(answerMs)]);
    const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal }).catch(
      () => undefined,
    );
    delivery.status = answer?.status ?? null;
    await answer?.body?.cancel();
  }

  return {
    send(request) {
      if (!isLoopback(request.url)) throw new Error(`${request.url} is not on loopback`);
      for (const afterMs of timetable(count)) {
        const delivered = deliver(request, afterMs).catch(() => undefined);
        pending.add(delivered);
        void delivered.then(() => pending.delete(delivered));
      }
      count += 1;
    },
    misbehave(wanted = atOnce) {
      timetable = wanted;
    },
    deliveries: () => recorded.map((delivery) => ({ ...delivery })),
    async idle() {
      await Promise.all(pending);
    },
    close: () => closing.abort(),
  };
}
