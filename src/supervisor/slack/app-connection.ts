/**
 * Keeps one Slack app connected: who am I -> socket -> what was missed -> until it ends, and again.
 *
 * A refused token stops this app alone; everything else is tried again after growing pauses, a database that is away too.
 */
import type { Clock } from '../../base/clock.ts';
import { messageOf, OutsideError } from '../../base/errors.ts';
import { known } from '../../base/known.ts';
import type { Log } from '../../base/log.ts';
import { defaultApp, type SlackApp } from '../../connectors/slack/apps.ts';
import type { Identity } from '../../connectors/slack/reads.ts';
import type { Connection } from '../../connectors/slack/socket.ts';
import type { SlackSelf } from '../../conversations/slack-event.ts';
import { limits } from '../../limits.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import type { SlackAppState } from '../../store/conversations/slack-apps.ts';
import { pauses, tryAgainAt } from '../../waits.ts';
import { outsideRefusal } from '../../work-items/outside-refusal.ts';

type Heard = ReadonlyMap<string, string>;

/** What is missed while there is no connection. */
export interface Gap {
  /** The time of the last message of each channel that came; asked before each connecting, after which new ones come. */
  heard: () => Promise<Heard>;
  /** Reads what came while there was no connection; `since` is when the app was last connected. */
  catchUp: (self: SlackSelf, since: number | undefined, heard: Heard) => Promise<void>;
  /** Called when what waited for the missed messages can be read. */
  onCaughtUp: () => void;
  /** When the app was connected last, as far as it is stored. */
  lastConnectedAt: number | undefined;
}

export interface AppConnectionOptions {
  app: Pick<SlackApp, 'name' | 'appToken'>;
  /** Rejects with an OutsideError, as does `connect`. */
  identity: () => Promise<Identity>;
  /** Opens the socket, which hands what comes to the app as it is known now. */
  connect: (self: SlackSelf) => Promise<Connection>;
  gap: Gap;
  setState: (state: Omit<SlackAppState, 'at'>) => Promise<void>;
  clock: Clock;
  log: Log;
  /** Told of what failed on our own side, such as a database that is away. */
  onFault: (error: unknown) => void;
}

export interface AppConnection {
  /** Who the app is, once it is known. */
  self(): SlackSelf | undefined;
  /** Whether what was missed before the connection is in the inbox, so that what came since keeps its place behind it. */
  isCaughtUp(): boolean;
  /** Ends the connection and asks Slack once more who the app is. */
  again(): void;
  stop(): Promise<void>;
}

/** A connection that ends sooner counts as a failure, so that nothing turns in a circle. */
const soundMs = 5_000;

const hourMs = 3_600_000;

function deadRefusal(app: string, error: OutsideError): Refusal {
  const file = app === defaultApp ? '.env' : `slack/${app}.env`;
  const fix =
    error.facts.fix ??
    `Put a new token into ${file}; it is read at once. Check at api.slack.com that the app is still installed.`;
  return refuse('OUTSIDE_AUTH', error.message, fix);
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Waits for the missed messages, but not for ever: they go on to come in. */
async function caughtUp({ app, clock, log }: AppConnectionOptions, signal: AbortSignal, read: () => Promise<void>) {
  const missed = read().catch((error: unknown) => log.warn({ app: app.name }, `missed messages: ${messageOf(error)}`));
  const enough = new AbortController();
  const longest = clock.sleep(limits.slackCatchUpSecondsMax * 1_000, AbortSignal.any([signal, enough.signal]));
  await Promise.race([missed, longest]);
  enough.abort();
}

/** Whether it could be stored. */
async function tell({ setState, onFault }: AppConnectionOptions, state: Omit<SlackAppState, 'at'>): Promise<boolean> {
  try {
    await setState(state);
    return true;
  } catch (error) {
    onFault(error);
    return false;
  }
}

type Own = Pick<SlackAppState, 'app' | 'team' | 'botUser'>;

/** How long to wait after it, in milliseconds; `pauseMs` where nothing else is known. */
async function tellFailure(options: AppConnectionOptions, own: Own, error: unknown, pauseMs: number): Promise<number> {
  if (!(error instanceof OutsideError)) {
    options.onFault(error);
    await tell(options, { ...own, state: 'connecting' });
    return pauseMs;
  }
  options.log.warn({ app: own.app }, messageOf(error));
  if (error.facts.kind === 'auth') {
    const isTold = await tell(options, { ...own, state: 'dead', fault: deadRefusal(own.app, error) });
    return isTold ? pauses.slackDead : pauseMs;
  }
  await tell(options, { ...own, state: 'connecting', fault: outsideRefusal(error, own.app) });
  return error.facts.retryAfterMs ?? pauseMs;
}

export function keepConnected(options: AppConnectionOptions): AppConnection {
  const { app, clock, setState, gap } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let self: SlackSelf | undefined;
  let failures = 0;
  let isCaughtUp = false;
  let current = new AbortController();
  let since = gap.lastConnectedAt;

  const own = () => known({ app: app.name, team: self?.team, botUser: self?.botUser });

  /** From one connecting to the end of that connection. */
  async function connected(): Promise<void> {
    const { hasSessions = false, ...rest } = await options.identity();
    const who = { app: app.name, ...rest };
    self = who;
    isCaughtUp = false;
    const heard = await gap.heard();
    const connection = app.appToken === undefined ? undefined : await options.connect(who);
    try {
      const beganAt = clock.now();
      await setState({ ...own(), state: 'connected', hasSessions });
      await caughtUp(options, signal, () => gap.catchUp(who, since, heard));
      isCaughtUp = true;
      gap.onCaughtUp();
      current = new AbortController();
      const over = AbortSignal.any([signal, current.signal]);
      // Without a socket events come by the hook; the token is asked for now and then.
      await Promise.race([connection?.ended ?? clock.sleep(hourMs, over), aborted(over)]);
      since = clock.now();
      failures = since - beganAt < soundMs && !signal.aborted ? failures + 1 : 0;
    } finally {
      connection?.close();
    }
  }

  /** How long to wait after a failure, in milliseconds. */
  async function failed(error: unknown): Promise<number> {
    failures += 1;
    return tellFailure(options, own(), error, tryAgainAt(0, pauses.slack, failures - 1));
  }

  async function run(): Promise<void> {
    await tell(options, { ...own(), state: 'connecting' });
    while (!signal.aborted) {
      const pauseMs = await connected().then(
        () => (failures > 0 ? tryAgainAt(0, pauses.slack, failures - 1) : 0),
        failed,
      );
      // Apps that lost the same network do not come back in the same moment.
      if (pauseMs > 0) await clock.sleep(pauseMs * (0.75 + Math.random() / 2), signal);
    }
  }

  const ended = run();
  const stop = () => {
    stopping.abort();
    return ended;
  };
  return { self: () => self, isCaughtUp: () => isCaughtUp, again: () => current.abort(), stop };
}
