/** The supervisor as seen by one turn: every call contains the id of this turn, and callers cannot use another one. */
import type { Peer } from './peer.ts';
import type { SupervisorMethods } from './protocol.ts';

type Params<K extends keyof SupervisorMethods> = Omit<SupervisorMethods[K]['params'], 'turnId'>;

export interface TurnSupervisor {
  /** Rejects with the supervisor's message if the turn is over there or the channel is closed. */
  call<K extends keyof SupervisorMethods>(method: K, params: Params<K>): Promise<SupervisorMethods[K]['result']>;
}

export function ofTurn(supervisor: Peer<SupervisorMethods>, turnId: string): TurnSupervisor {
  return {
    call: <K extends keyof SupervisorMethods>(method: K, params: Params<K>) =>
      supervisor.call(method, { ...params, turnId } as SupervisorMethods[K]['params']),
  };
}
