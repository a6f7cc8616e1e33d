/** Remembers how the last calls of a turn ended, so that a failed turn is blamed on the right cause and not on an earlier one. */
import type { Clock } from '../../base/clock.ts';
import { type Redact, redactValue } from '../../base/redact.ts';
import type { Refusal } from '../../refusal.ts';
import type { TurnFault } from '../engine.ts';
import {
  type Asked,
  faultOfAnswer,
  faultOfCut,
  faultOfSilence,
  type ProviderNames,
  statusOf,
} from './provider-fault.ts';
import type { CallEnd } from './spending.ts';

/** After this much silence, the provider is to blame if a call is given up. */
const silentMsMax = 20_000;

export interface LastCalls {
  /** Notes that a call was sent; call the returned function when its answer has ended. */
  begin(asked: Asked): (end: CallEnd) => void;
  /** Notes that the provider failed. */
  failed(fault: TurnFault): void;
  /** Notes that the gateway refused a call. */
  refused(refusal: Refusal): void;
  /** Notes that data came from the provider. */
  heard(): void;
  /** The fault to report if the open call gets no more data; undefined if no call is open. */
  silence(): TurnFault | undefined;
  /** The gateway's last refusal; undefined if a later call passed. */
  refusal(): Refusal | undefined;
  /** The last fault; undefined if a later call succeeded. */
  fault(): TurnFault | undefined;
}

export function createLastCalls(names: ProviderNames, clock: Pick<Clock, 'now'>, redact: Redact): LastCalls {
  let last: { refusal?: Refusal; fault?: TurnFault | undefined } = {};
  let open = 0;
  let heardAt = clock.now();

  function faultOf(end: CallEnd, asked: Asked): TurnFault | undefined {
    if (end === 'cut') return faultOfCut(names);
    const silentMs = clock.now() - heardAt;
    if (end === 'given-up') return silentMs < silentMsMax ? undefined : faultOfSilence(silentMs, names);
    if (end === 'whole') return undefined;
    return faultOfAnswer({ status: statusOf(end.type), ...redactValue(redact, end) }, asked, names);
  }

  return {
    begin(asked) {
      open += 1;
      heardAt = clock.now();
      return (end) => {
        open -= 1;
        const fault = faultOf(end, asked);
        if (fault) last = { fault };
        else if (end === 'whole') last = {};
      };
    },
    failed(fault) {
      last = { fault };
    },
    refused(refusal) {
      // Used-up money and a rate that is too high have codes of their own.
      last = { refusal, fault: refusal.refused === 'MODEL_REFUSED' ? { kind: 'refused', refusal } : undefined };
    },
    heard() {
      heardAt = clock.now();
    },
    silence: () => (open > 0 ? faultOfSilence(clock.now() - heardAt, names) : undefined),
    refusal: () => last.refusal,
    fault: () => last.fault,
  };
}
