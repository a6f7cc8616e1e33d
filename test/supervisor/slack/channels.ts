/** Two channels of one Slack app with agents that are heard there, over a real store: people write, and what follows is seen. */
import type { AgentId } from '../../../src/agents/agent-id.ts';
import type { AgentState, AgentStore } from '../../../src/agents/agent-store.ts';
import { agentConfigSchema } from '../../../src/agents/config/config.ts';
import type { WebClients } from '../../../src/connectors/slack/web-clients.ts';
import { normalise, type SlackSelf } from '../../../src/conversations/slack-event.ts';
import { createObey } from '../../../src/supervisor/people/obey.ts';
import { planPresses } from '../../../src/supervisor/people/plan-presses.ts';
import { proposalPresses } from '../../../src/supervisor/people/proposal-presses.ts';
import { createInboxLoop } from '../../../src/supervisor/slack/inbox-loop.ts';
import { createLookups } from '../../../src/supervisor/slack/lookups.ts';
import type { ConnectedApp } from '../../../src/supervisor/slack/slack-node.ts';
import { only } from '../../only.ts';
import { openTestStore, type TestStore } from '../../store/fixture.ts';
import { codeChangeAgent, conversationAgent } from '../../turns/turn.ts';
import { nodeOver, runningTurn } from '../node.ts';

const self: SlackSelf = { app: 'default', team: 'T1', botUser: 'UBOT', botId: 'B1' };

export interface HeardAgent {
  slack: Record<string, unknown>;
  triage?: string;
  isOff?: boolean;
  instance?: Record<string, unknown>;
  /** Takes work items of a board. */
  hasBoard?: boolean;
}

/** Agents by id; `acme` and `globex` in a channel each, where a test says nothing else. */
const usual: Record<string, HeardAgent> = {
  'support/acme': { slack: { channels: ['CACME'] } },
  'support/globex': { slack: { channels: ['CGLOBEX'] } },
};

function statesOf(agents: Record<string, HeardAgent>): AgentState[] {
  return Object.entries(agents).map(([id, { slack, triage, instance, hasBoard, isOff = false }]) => {
    if (hasBoard) return { id: id as AgentId, agent: { ...codeChangeAgent({ slack }), id: id as AgentId } };
    const agent = conversationAgent({
      id: id as AgentId,
      ancestry: [id as AgentId],
      prompts: triage === undefined ? {} : { [`${id}/triage.md`]: triage },
    });
    const config = agentConfigSchema.parse({ id, slack, instance, autoRun: { enabled: !isOff, debounceMs: 0 } });
    return { id: agent.id, agent: { ...agent, config } };
  });
}

interface Around {
  /** Channels that are shared with another company. */
  shared?: string[];
  obeys?: boolean;
  /** Another node's store, instead of a new one. */
  at?: Pick<TestStore, 'store' | 'clock'>;
}

export async function inChannels(agents = usual, { shared = [], obeys = false, at }: Around = {}) {
  const opened = at ?? (await openTestStore());
  const { store, clock } = opened;
  const states = statesOf(agents);
  const agentStore = only<AgentStore>('agents', {
    list: () => states,
    get: (id) => states.find((one) => one.id === id),
  });
  const { node } = nodeOver(opened, { agents: agentStore });
  const pages: Record<string, unknown>[] = [];
  const app: ConnectedApp = {
    app: { name: 'default', botToken: 'xoxb-1', apiUrl: 'http://127.0.0.1:1/api/' },
    clients: only<WebClients>('clients'),
    reads: only<ConnectedApp['reads']>('reads', {
      channel: async (id) => ({ isShared: shared.includes(id), isMember: true, isArchived: false }),
      userName: async (id) => `name of ${id}`,
      user: async (id) => ({ team: 'T1', isBot: id === 'UB', isGuest: id === 'UG', isDeleted: false }),
      page: async () => ({ messages: pages }),
    }),
    self: () => self,
  };
  const lookups = createLookups(() => clock.now());
  for (const { id } of states) await store.agents.set(id, { trusted: { digest: 'digest', steering: {} } });
  const step = createInboxLoop(node, {
    lookups,
    apps: () => [app],
    ...(obeys ? { obey: createObey(node, () => app) } : {}),
    presses: { ...proposalPresses(node), ...planPresses(node) },
  });
  let events = 0;

  /** Slack tells of something; it is taken to its decision. */
  async function told(body: unknown): Promise<void> {
    const read = normalise(self, body);
    if ('take' in read) await store.inbox.add('default', read.take);
    clock.time += 1_000;
    while (await step());
  }
  async function says(channel: string, user: string, text: string, thread?: string): Promise<string> {
    events += 1;
    const ts = `${1_000 + events}.000001`;
    const event = { type: 'message', channel, user, text, ts, ...(thread ? { thread_ts: thread } : {}) };
    await told({ type: 'event_callback', team_id: 'T1', event_id: `Ev${events}`, event });
    return ts;
  }
  /** Somebody presses the button with this label below a message of ours, sent at `ts`, as an answer in `thread` if that is told. */
  async function presses(channel: string, user: string, label: string, ts = '2000.000001', thread?: string) {
    const all = (await Promise.all(['', ...Object.keys(agents)].map(posts))).flat();
    const shown = all.flatMap(({ what }) => ('buttons' in what ? (what.buttons ?? []) : []));
    const button = shown.find((one) => one.label === label);
    events += 1;
    const action = { action_id: `jv:${button?.action}`, value: button?.id };
    const at = { channel: { id: channel }, message: { ts, thread_ts: thread }, trigger_id: `tr${events}` };
    await told({ type: 'block_actions', team: { id: 'T1' }, user: { id: user }, ...at, actions: [action] });
  }
  const posts = (agentId: string) => store.outbox.of(agentId);
  /** The open messages of a session of the agent. */
  async function given(agentId: string) {
    const sessions = await store.sessions.list(agentId);
    const claims = await Promise.all(
      sessions.map(async ({ sessionId }) => {
        const claim = await store.sessions.claim({ agentId, sessionId, owner: 'n', leaseMs: 1, batchMax: 50 });
        await store.sessions.giveBack();
        return (claim?.batch ?? []).map(({ command, payload }) => `${sessionId} ${command} ${payload.text}`);
      }),
    );
    return claims.flat();
  }
  /** The last decisions of the inbox: the word and the reason. */
  const logOf = async (agentId: string) =>
    (await store.log.tail({ agentId, max: 20 })).map(({ kind, text }) => `${kind}: ${text}`);
  return { ...opened, node, app, lookups, pages, says, told, presses, posts, given, logOf, runningTurn };
}
