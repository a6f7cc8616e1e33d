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

/** What is missed while there is no connection. */
export interface Gap {
  /** Notes what is to be read, before each connecting, after which new messages come; `since` is when the app was last connected. */
  note: (self: SlackSelf, since: number | undefined) => Promise<void>;
  /** Reads what is noted; how long to wait at least before what is left is tried again, undefined if nothing is. */
  read: (self: SlackSelf) => Promise<number | undefined>;
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

/** Reads the missed messages, again and again until nothing is left. */
async function readMissed({ gap, clock, onFault }: AppConnectionOptions, self: SlackSelf, over: AbortSignal) {
  for (let tries = 0; !over.aborted; tries += 1) {
    const waitMs = await gap.read(self).catch((error: unknown) => {
      onFault(error);
      return 0;
    });
    if (waitMs === undefined) return;
    await clock.sleep(Math.max(waitMs, tryAgainAt(0, pauses.slack, tries)), over);
  }
}

/** Waits for the missed messages, but not for ever: they go on to come in while the connection lasts. */
async function caughtUp(options: AppConnectionOptions, self: SlackSelf, over: AbortSignal): Promise<void> {
  const enough = new AbortController();
  const longest = options.clock.sleep(limits.slackCatchUpSecondsMax * 1_000, AbortSignal.any([over, enough.signal]));
  await Promise.race([readMissed(options, self, over), longest]);
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
    await gap.note(who, since);
    const connection = app.appToken === undefined ? undefined : await options.connect(who);
    const closing = new AbortController();
    try {
      const beganAt = clock.now();
      await setState({ ...own(), state: 'connected', hasSessions });
      await caughtUp(options, who, AbortSignal.any([signal, closing.signal]));
      isCaughtUp = true;
      gap.onCaughtUp();
      current = new AbortController();
      const over = AbortSignal.any([signal, current.signal]);
      // Without a socket events come by the hook; the token is asked for now and then.
      await Promise.race([connection?.ended ?? clock.sleep(hourMs, over), aborted(over)]);
      since = clock.now();
      failures = since - beganAt < soundMs && !signal.aborted ? failures + 1 : 0;
    } finally {
      closing.abort();
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
