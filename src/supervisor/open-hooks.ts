/** Opens the hooks' own port, where a key for them is set: each hook becomes a message, which is routed at once. */
import { type Listener, listen } from '../base/http.ts';
import { isRefusal } from '../refusal.ts';
import type { Settings } from '../settings.ts';
import { createWebhooks } from '../triggers/webhooks.ts';
import type { Node } from './node.ts';

/** Undefined without a key. A hook that came shortly before it is closed wakes nobody after that. */
export async function openHooks(
  { agents, store, broker, poke, clock, log }: Node,
  { hookKey, hookPort }: Pick<Settings, 'hookKey' | 'hookPort'>,
): Promise<Pick<Listener, 'close'> | undefined> {
  if (!hookKey) return undefined;
  const closing = new AbortController();
  const prefixOf = (agentId: string) => {
    const state = agents.get(agentId);
    return state && 'agent' in state ? state.agent.config.git?.branchPrefix : undefined;
  };
  async function wake(agentId: string, workItemId: number | undefined): Promise<void> {
    const what =
      workItemId === undefined ? { command: 'heartbeat' } : { command: 'work.process', payload: { workItemId } };
    const sent = await broker.publish({ to: `agent/${agentId}`, ...what }, { kind: 'platform', name: 'hook' });
    if (isRefusal(sent)) throw new Error(`a hook was not taken: ${sent.why}`);
    poke();
  }
  /** Without this each change of ours would be looked at, and the look at a person's answer to it have to wait. */
  async function isOurs(agentId: string, by: string): Promise<boolean> {
    const { identities } = await store.agents.get(agentId);
    return identities.some((identity) => identity.toLowerCase() === by.toLowerCase());
  }
  const respond = createWebhooks({ hookKey, prefixOf, isOurs, wake, signal: closing.signal, clock, log });
  const listener = await listen(respond, { port: hookPort });
  return {
    close() {
      closing.abort();
      return listener.close();
    },
  };
}
