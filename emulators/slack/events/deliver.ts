/**
 * Brings events and interactions to apps, by Socket Mode or to their address, and again where they were not taken.
 *
 * event -> the apps that may hear it -> envelope -> first delivery, then at once, after a minute, after five
 */
import type { Clock } from '../../../src/base/clock.ts';
import type { Timetable } from '../../control/deliver.ts';
import type { Channel, SlackApp } from '../model.ts';
import { newId, type State } from '../state.ts';
import type { Attempt, Outcome } from './attempt.ts';
import type { RequestUrl } from './request-url.ts';
import type { SocketMode } from './socket.ts';

/** One delivery that was made. */
export interface SlackDelivery {
  app: string;
  kind: Attempt['kind'];
  /** The event's type, or the interaction's. */
  type: string;
  eventId?: string;
  nth: number;
  isDone: boolean;
  reason: string;
}

export interface Deliveries {
  /** Brings an event of a channel to all apps that are in it and subscribed. */
  tell(channel: Channel, event: Record<string, unknown>, subscription: string): void;
  /** Brings any event to one app. */
  send(app: SlackApp, event: Record<string, unknown>, isExtShared?: boolean): void;
  /** Brings an interaction to an app, once, and gives its answer. Throws if the app did not take it. */
  interact(app: SlackApp, payload: Record<string, unknown>): Promise<unknown>;
  list(): SlackDelivery[];
  /** When each copy of the nth event is sent. */
  misbehave(timetable?: Timetable): void;
  /** Resolves when all events so far are taken or given up. */
  idle(): Promise<void>;
}

interface Parts {
  clock: Clock;
  state: () => State;
  socket: SocketMode;
  requestUrl: RequestUrl;
  /** The pauses before the second, third and fourth delivery. */
  retryMs: () => readonly number[];
  signal: AbortSignal;
}

const atOnce: Timetable = () => [0];

function envelope(app: SlackApp, event: Record<string, unknown>, now: number, isExtShared: boolean) {
  return {
    token: app.verificationToken,
    team_id: app.team,
    context_team_id: app.team,
    context_enterprise_id: null,
    api_app_id: app.id,
    event,
    type: 'event_callback',
    event_id: newId('Ev'),
    event_time: Math.trunc(now / 1000),
    authorizations: [
      { enterprise_id: null, team_id: app.team, user_id: app.botUser, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: isExtShared,
    event_context: `4-${newId('')}`,
  };
}

/** Whether the app hears an event of this channel; of its own mentions it does not. */
function hears(app: SlackApp, channel: Channel, event: Record<string, unknown>, subscription: string): boolean {
  const isMember = app.team === channel.team && channel.members.has(app.botUser);
  if (!isMember || !app.events.includes(subscription)) return false;
  return event.mentioned === undefined || (event.mentioned === app.botUser && event.user !== app.botUser);
}

/** Delivers for all apps; nothing is sent once `signal` is aborted. */
export function createDeliveries({ clock, state, socket, requestUrl, retryMs, signal }: Parts): Deliveries {
  const made: SlackDelivery[] = [];
  const pending = new Set<Promise<void>>();
  let timetable = atOnce;
  let count = 0;

  async function attempt(app: SlackApp, one: Attempt, type: string): Promise<Outcome> {
    const outcome = await (requestUrl.has(app) ? requestUrl : socket).attempt(app, one);
    const id = one.payload.event_id;
    const { isDone, reason } = outcome;
    const named = typeof id === 'string' ? { eventId: id } : {};
    made.push({ app: app.name, kind: one.kind, type, nth: one.nth, isDone, reason, ...named });
    return outcome;
  }

  /** Waits for the next delivery; an app without a connection gets it as soon as it connects. */
  async function pause(app: SlackApp, ms: number, reason: string): Promise<void> {
    if (reason !== 'no_connection') return clock.sleep(ms, signal);
    const done = new AbortController();
    const until = AbortSignal.any([done.signal, signal]);
    await Promise.race([clock.sleep(ms, until), socket.connected(app, 1, until)]);
    done.abort();
  }

  async function bring(app: SlackApp, payload: Record<string, unknown>, type: string, afterMs: number) {
    if (afterMs > 0) await clock.sleep(afterMs, signal);
    let reason = '';
    for (let nth = 0; nth <= retryMs().length; nth += 1) {
      if (nth > 0) await pause(app, retryMs()[nth - 1] ?? 0, reason);
      if (signal.aborted) return;
      const outcome = await attempt(app, { kind: 'events_api', payload, nth, reason }, type);
      if (outcome.isDone || outcome.isLast) return;
      reason = outcome.reason;
    }
  }

  function send(app: SlackApp, event: Record<string, unknown>, isExtShared = false): void {
    const { mentioned: _, ...rest } = event;
    const payload = envelope(app, rest, clock.now(), isExtShared);
    for (const afterMs of timetable(count)) {
      const brought = bring(app, payload, String(event.type), afterMs);
      pending.add(brought);
      void brought.then(() => pending.delete(brought));
    }
    count += 1;
  }

  return {
    tell(channel, event, subscription) {
      const apps = state().apps.filter((app) => hears(app, channel, event, subscription));
      for (const app of apps) send(app, event, channel.isExtShared ?? false);
    },
    send,
    async interact(app, payload) {
      const one: Attempt = { kind: 'interactive', payload, nth: 0, reason: '' };
      const { isDone, reason, answer } = await attempt(app, one, String(payload.type));
      if (!isDone) throw new Error(`${app.title} did not answer: ${reason}`);
      return answer;
    },
    list: () => made.map((delivery) => ({ ...delivery })),
    misbehave: (wanted = atOnce) => {
      timetable = wanted;
    },
    async idle() {
      await Promise.all(pending);
    },
  };
}
