/** The kill switch of one agent or of all: it works without a platform and holds over restarts. */
import { isRefusal, type Refusal } from '../refusal.ts';
import { knownAgent } from './known-agent.ts';
import { noteAct, type Operator } from './operator.ts';
import { wakeAll } from './wake-waiting.ts';

const became = {
  pause: 'is paused: until `jvagent resume`, no new turns start and outgoing changes of running turns are blocked',
  resume: 'is running again',
} as const;

/** Without an id, the whole platform. Returns what is so now, as one sentence; AGENT_ID for an agent that is not there. */
export async function setPause(
  operator: Operator,
  action: 'pause' | 'resume',
  id: string | undefined,
): Promise<string | Refusal> {
  const { store, agents } = operator;
  const named = id === undefined ? undefined : knownAgent(agents, id);
  if (isRefusal(named)) return named;
  if (id === undefined) await store.platform[action]();
  else await store.agents[action](id);
  if (action === 'resume') {
    const waiting = await store.sessionLists.waiting(id);
    await wakeAll(
      store,
      waiting.filter(({ waits }) => waits?.refused === 'PAUSED'),
    );
  }
  await noteAct(operator, named ? [named] : agents.list(), action);
  return `${id ?? 'The platform'} ${became[action]}.`;
}
