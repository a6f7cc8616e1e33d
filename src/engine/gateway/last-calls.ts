/** What the last calls of a turn came to, so that the provider's fault is told from the model's, and a past one is not blamed. */
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

/** Who gives up a call that said nothing for so long had reason to. */
const silentMsMax = 20_000;

export interface LastCalls {
  /** A call was sent; the returned function is called when its answer has ended. */
  begin(asked: Asked): (end: CallEnd) => void;
  /** The provider did not answer as it should. */
  failed(fault: TurnFault): void;
  /** We did not let a call through. */
  refused(refusal: Refusal): void;
  /** Something came from the provider. */
  heard(): void;
  /** What the silence of an open call means if nothing more comes; undefined without one. */
  silence(): TurnFault | undefined;
  /** Our own last refusal, unless a call went through since. */
  refusal(): Refusal | undefined;
  /** The last fault, unless a call went through since. */
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
      // Money that is used up, and a rate that is too high, are told apart by their codes.
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
