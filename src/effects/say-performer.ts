/**
 * Sends what stands in the outbox, once in effect: the only caller of what writes to Slack.
 *
 * may it leave now? -> ledger begin -> find it there, if it may have been sent -> permit by live check -> the call -> ledger end
 */
import type { Clock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import { OutsideError } from '../base/errors.ts';
import { known } from '../base/known.ts';
import type { SayPermit, SayWish } from '../conversations/gate/say-gate.ts';
import type { SendOutcome } from '../conversations/outcome.ts';
import type { Outgoing, Place } from '../conversations/outgoing.ts';
import { limits } from '../limits.ts';
import { type Code, isRefusal, type Refusal, refuse } from '../refusal.ts';
import { pauses, tryAgainAt } from '../waits.ts';
import { meaningOf } from '../work-items/code-meaning.ts';
import { outsideRefusal } from '../work-items/outside-refusal.ts';

/** One stored message. */
export interface ToSend extends SayWish {
  readonly id: string;
  readonly key: string;
  readonly sessionId: string;
  readonly place: Place;
  /** When it was stored, milliseconds since 1970. */
  readonly at: number;
  readonly attempts: number;
  /** What kept it until now. */
  readonly refusal?: Refusal;
}

/** A message as it goes out: `of` is a message's time by now. */
export interface Leaving extends Pick<ToSend, 'id' | 'place' | 'at'> {
  readonly what: Outgoing;
  /** To which its links may lead. */
  readonly hosts: readonly string[];
}

/** The time of a message, where Slack tells it. */
export type Sent = Pick<Extract<SendOutcome, { kind: 'sent' }>, 'ts'>;

/** Implemented by the connector; both throw OutsideError. */
export interface Slack {
  /** Whether the message stands there already. */
  find(leaving: Leaving): Promise<Sent | undefined>;
  send(permit: SayPermit, leaving: Leaving): Promise<Sent>;
}

/** Implemented by the store. */
export interface SayLedger {
  begin(id: string): Promise<{ row: ToSend; isDoubtful: boolean } | undefined>;
  end(id: string, outcome: SendOutcome, permitId: string | undefined): Promise<void>;
  /** It was not begun, and waits on. */
  postpone(id: string, refusal: Refusal, until: number): Promise<void>;
  get(id: string): Promise<(ToSend & { readonly ts?: string; readonly state: string }) | undefined>;
}

export interface SayPerformerOptions {
  ledger: SayLedger;
  /** Reads live what must hold, and only then gives the permit. */
  permit: (row: ToSend) => Promise<SayPermit | Refusal>;
  /** Undefined while the app has no working tokens. */
  slackOf: (app: string) => Slack | undefined;
  hostsOf: (agentId: string) => readonly string[];
  crashPoints: CrashPoints;
  clock: Pick<Clock, 'now'>;
}

export interface Performed {
  readonly row: ToSend;
  readonly outcome: SendOutcome;
  /** Until when nothing of this app can be sent, milliseconds since 1970. */
  readonly appUntil?: number;
}

/** These do the same again, so nothing is looked for before they are repeated. */
const repeatable: ReadonlySet<Outgoing['kind']> = new Set(['edit', 'delete', 'react', 'unreact', 'session']);
/** What the other messages of the app would meet too. */
const ofApp: ReadonlySet<Code> = new Set(['OUTSIDE_AUTH', 'OUTSIDE_LIMITED']);

const unsent = refuse('OUTSIDE_CONFLICT', 'the message that it is about is not sent yet', 'Nothing to do: it follows.');

const noApp = (app: string): Refusal =>
  refuse(
    'OUTSIDE_AUTH',
    `the Slack app ${app} is not connected`,
    app === 'default' ? 'Set SLACK_BOT_TOKEN in .env.' : `Set SLACK_BOT_TOKEN in slack/${app}.env.`,
  );

/** With the time in Slack of the message that it is about, or why there is none. */
async function resolved(what: Outgoing, ledger: SayLedger): Promise<Outgoing | 'unsent' | 'never'> {
  if (what.kind !== 'edit' && what.kind !== 'delete') return what;
  const about = await ledger.get(what.of);
  const ts = about ? about.ts : what.of;
  if (ts !== undefined) return { ...what, of: ts };
  return about?.state === 'failed' ? 'never' : 'unsent';
}

interface Attempt {
  outcome: SendOutcome;
  permitId?: string;
}

const isOld = ({ at }: ToSend, now: number) => now - at > limits.slackStaleHours * 3_600_000;
const isForLater = (refusal: Refusal) => meaningOf(refusal).postpones === 'any';

/** What failed outside: no, not now, or perhaps done. */
function outcomeOf(error: unknown, row: ToSend, isDoubtful: boolean, now: number): SendOutcome {
  if (!(error instanceof OutsideError)) throw error;
  const { kind, retryAfterMs, maybeDone = false } = error.facts;
  const refusal = outsideRefusal(error, row.agentId);
  const isLost = (row.what.kind === 'ephemeral' || row.what.kind === 'form') && maybeDone;
  if (kind === 'refused' || kind === 'missing' || isLost || isOld(row, now)) return { kind: 'failed', refusal };
  const pause = kind === 'auth' ? pauses.token : pauses.slack;
  const until = retryAfterMs === undefined ? tryAgainAt(now, pause, row.attempts - 1) : now + retryAfterMs;
  const mayStand = (maybeDone || isDoubtful) && !repeatable.has(row.what.kind);
  return { kind: mayStand ? 'unknown' : 'later', refusal, until };
}

export function createSayPerformer(options: SayPerformerOptions) {
  const { ledger, permit, slackOf, hostsOf, crashPoints, clock } = options;
  async function attempt(row: ToSend, slack: Slack, isDoubtful: boolean): Promise<Attempt> {
    const what = await resolved(row.what, ledger);
    const until = tryAgainAt(clock.now(), pauses.look);
    // Nothing stands there that could be changed.
    if (what === 'never' || what === 'unsent') return { outcome: { kind: 'sent' } };
    const leaving = { id: row.id, place: row.place, at: row.at, what, hosts: hostsOf(row.agentId) };
    let mayStand = isDoubtful;
    try {
      const found = isDoubtful && !repeatable.has(what.kind) ? await slack.find(leaving) : undefined;
      if (found) return { outcome: { kind: 'sent', ...found } };
      mayStand = false;
      const permitted = await permit({ ...row, what });
      if (isRefusal(permitted)) {
        const refusal = permitted;
        const isLater = isForLater(refusal) && !isOld(row, clock.now());
        return { outcome: isLater ? { kind: 'later', refusal, until } : { kind: 'failed', refusal } };
      }
      const sent = await slack.send(permitted, leaving);
      crashPoints.reach('supervisor.sent');
      return { outcome: { kind: 'sent', ...sent }, permitId: permitted.id };
    } catch (error) {
      return { outcome: outcomeOf(error, row, mayStand, clock.now()) };
    }
  }

  /** Why it stays where it is, for as long as that holds: no attempt is made, and none is audited. */
  async function keptBack(row: ToSend): Promise<Refusal | undefined> {
    if (isOld(row, clock.now())) return undefined;
    if (!slackOf(row.place.app)) return noApp(row.place.app);
    if ((await resolved(row.what, ledger)) === 'unsent') return unsent;
    const permitted = await permit(row);
    return isRefusal(permitted) && isForLater(permitted) ? permitted : undefined;
  }

  /** Undefined if there was nothing to do. Throws only what is a bug. */
  return async function perform(id: string): Promise<Performed | undefined> {
    const waiting = await ledger.get(id);
    const kept = waiting && (await keptBack(waiting));
    if (kept) {
      const until = tryAgainAt(clock.now(), pauses.look);
      await ledger.postpone(id, kept, until);
      return { row: waiting, outcome: { kind: 'later', refusal: kept, until } };
    }
    const begun = await ledger.begin(id);
    if (!begun) return undefined;
    crashPoints.reach('supervisor.sending');
    const { row, isDoubtful } = begun;
    const slack = slackOf(row.place.app);
    const { outcome, permitId }: Attempt = slack
      ? await attempt(row, slack, isDoubtful)
      : { outcome: { kind: 'failed', refusal: noApp(row.place.app) } };
    await ledger.end(id, outcome, permitId);
    const isOfApp = 'until' in outcome && ofApp.has(outcome.refusal.refused);
    return known({ row, outcome, appUntil: isOfApp ? outcome.until : undefined });
  };
}
