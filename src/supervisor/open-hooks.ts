/** Opens the hooks' own port, where a key for them is set, or a Slack app has a signing secret. */
import { messageOf } from '../base/errors.ts';
import type { Listener, Respond } from '../base/http.ts';
import { createTally } from '../base/tally.ts';
import { limits } from '../limits.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import type { Settings } from '../settings.ts';
import { auditRefusal } from '../store/audit-refusal.ts';
import { openPort } from '../triggers/open-port.ts';
import { createSlackHooks } from '../triggers/slack-hooks.ts';
import { createWebhooks } from '../triggers/webhooks.ts';
import type { Node } from './node.ts';
import type { SlackNode } from './slack/slack-node.ts';

const hourMs = 3_600_000;

/** Anybody can send a hook, so that in each hour few are noted, and only of agents that there are. */
function refusedHooks({ agents, store, clock, log }: Pick<Node, 'agents' | 'store' | 'clock' | 'log'>) {
  let hour = 0;
  let tally = createTally(limits.refusalKindsMax);
  return (agentId: string, system: string) => {
    if (!agents.get(agentId)) return;
    const now = Math.floor(clock.now() / hourMs);
    if (now !== hour) tally = createTally(limits.refusalKindsMax);
    hour = now;
    const counted = tally(`${agentId} ${system}`);
    if (!counted) return;
    const act = { action: 'hook', target: system, code: 'HOOK_KEY', count: counted.count } as const;
    auditRefusal(store.audit, { agentId, sessionId: '' }, { actor: 'somebody outside', ...act }).catch(
      (error: unknown) => log.error(messageOf(error)),
    );
  };
}

/** How the hooks' port is named where it cannot be had. */
const wanted = (port: number) => ({
  port,
  name: `port ${port} for hooks (JVAGENT_HOOK_PORT)`,
  fix: 'Set JVAGENT_HOOK_PORT in .env to a free port.',
});

/** Hooks of Azure DevOps and GitHub: each becomes a message, which is routed at once. */
function webhooks({ agents, store, broker, poke, clock, log }: Node, hookKey: string, signal: AbortSignal): Respond {
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
  const refused = refusedHooks({ agents, store, clock, log });
  return createWebhooks({ hookKey, prefixOf, isOurs, wake, refused, signal, clock, log });
}

const absent: Respond = () => new Response(null, { status: 404 });

/**
 * Undefined if nothing takes hooks; CONFIG_INVALID if the port cannot be opened. A hook that came shortly before it is closed wakes
 * nobody after that.
 */
export async function openHooks(
  node: Node,
  { hookKey, hookPort }: Pick<Settings, 'hookKey' | 'hookPort'>,
  slack: Pick<SlackNode, 'of' | 'take' | 'takesHooks'>,
): Promise<Pick<Listener, 'close'> | Refusal | undefined> {
  if (!hookKey && !slack.takesHooks) return undefined;
  const closing = new AbortController();
  const ofSystems = hookKey ? webhooks(node, hookKey, closing.signal) : absent;
  const { clock, log } = node;
  const secretOf = (app: string) => slack.of(app)?.app.signingSecret;
  const ofSlack = createSlackHooks({ secretOf, take: slack.take, clock, log });
  const respond: Respond = (request) =>
    /^\/hooks\/slack(\/|$)/.test(new URL(request.url).pathname) ? ofSlack(request) : ofSystems(request);
  const listener = await openPort(respond, wanted(hookPort));
  if (isRefusal(listener)) return listener;
  return {
    close() {
      closing.abort();
      return listener.close();
    },
  };
}
