/** What a turn asks its supervisor about the model's provider, and tells it: one that fails is nobody's attempt. */
import type { TurnSupervisor } from '../../ipc/of-turn.ts';
import type { Refusal } from '../../refusal.ts';
import type { Ended } from './follow-engine.ts';

export interface ModelState {
  /** Why the model is not asked now, with `until`. */
  ask(): Promise<Refusal | undefined>;
  /** The model gave a whole answer. */
  answered(): Promise<void>;
  /** Why the turn failed for the provider or for what every turn of the agent would meet, if it did; with `until`. */
  outage(ended: Ended): Promise<Refusal | undefined>;
}

export function createModelState(supervisor: TurnSupervisor): ModelState {
  let hasAnswered = false;
  return {
    ask: async () => (await supervisor.call('askModel', {})) ?? undefined,
    async answered() {
      if (hasAnswered) return;
      hasAnswered = true;
      await supervisor.call('modelAnswered', {});
    },
    async outage({ fault }) {
      if (fault?.kind === 'sandbox') return fault.refusal;
      if (fault?.kind !== 'provider' && fault?.kind !== 'refused') return undefined;
      const told = { refusal: fault.refusal, mayBeOwn: fault.kind === 'refused' };
      return (await supervisor.call('modelFailed', told)) ?? undefined;
    },
  };
}
