/** The emulated Slack with a node's Slack side before it: real sockets, signed requests and calls, and no workers. */
import { Kysely } from 'kysely';
import { onTestFinished } from 'vitest';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { systemClock } from '../../src/base/clock.ts';
import { isRefusal } from '../../src/refusal.ts';
import { readSettings } from '../../src/settings.ts';
import { openStore } from '../../src/store/database/database.ts';
import type { Tables } from '../../src/store/database/schema.ts';
import { sqliteDialect } from '../../src/store/database/sqlite.ts';
import { openHooks } from '../../src/supervisor/open-hooks.ts';
import { createSlackIn } from '../../src/supervisor/slack/slack-in.ts';
import { startSlackOut } from '../../src/supervisor/slack/slack-out.ts';
import { createWorkspace } from '../agents/workspace.ts';
import { startSlack } from '../emulators/slack/world.ts';
import { freePort } from '../free-port.ts';
import { testFolder } from '../store/fixture.ts';
import { nodeOver } from '../supervisor/node.ts';

type World = Awaited<ReturnType<typeof startSlack>>;
export type Tokens = ReturnType<World['slack']['app']>;

const conversation = (id: string, slack: Record<string, unknown>) => ({
  id,
  autoRun: { enabled: true, debounceMs: 0 },
  slack,
});

/** Two customers in one workspace, one of them with an app in its own workspace too. */
export const agentFiles: Record<string, unknown> = {
  'docs/jvAgent.json': conversation('docs', { channels: ['C0DOCS', 'C0PRODUCT'] }),
  'support/acme/jvAgent.json': conversation('support/acme', { channels: ['C0ACMESUP', 'C0PRODUCT'] }),
  'support/globex/jvAgent.json': conversation('support/globex', { app: 'globex', channels: ['C0GLXHELP'] }),
};

/** The lines of a file with an app's tokens; `receives` says how events come. */
export function envOf(
  { botToken, appToken, signingSecret }: Tokens,
  receives: 'socket' | 'hooks' | 'both' = 'socket',
): string {
  const socket = receives === 'hooks' ? [] : [`SLACK_APP_TOKEN=${appToken}`];
  const hooks = receives === 'socket' ? [] : [`SLACK_SIGNING_SECRET=${signingSecret}`];
  return [`SLACK_BOT_TOKEN=${botToken}`, ...socket, ...hooks, ''].join('\n');
}

export interface Wish {
  receives?: 'socket' | 'hooks' | 'both';
  /** Further channels of everybody, in which acme's agent is heard. */
  channels?: string[];
}

export async function slackWorld({ receives = 'socket', channels = [] }: Wish = {}) {
  const world = await startSlack({ times: { ackMs: 1_500, retryMs: [0, 200, 400] } });
  const { slack, apiUrl } = world;
  const product = slack.state.channels.find(({ name }) => name === 'product');
  if (!product) throw new Error('everybody is in the channel product');
  for (const id of channels) slack.state.channels.push({ ...product, id, name: id.toLowerCase(), messages: [] });
  const hookPort = await freePort();
  const { root, write } = createWorkspace({
    ...agentFiles,
    'support/acme/jvAgent.json': conversation('support/acme', { channels: ['C0ACMESUP', 'C0PRODUCT', ...channels] }),
    '.env': `${envOf(slack.app(), receives)}SLACK_API_URL=${apiUrl}\nJVAGENT_ALLOW_LOOPBACK=1\nJVAGENT_HOOK_PORT=${hookPort}\n`,
    'slack/globex.env': envOf(slack.app('globex')),
  });
  const folder = testFolder();
  const store = await openStore({ folder, clock: systemClock });
  onTestFinished(() => store.close());

  /** The part of a node that talks with Slack, from its start to its end. */
  async function start() {
    const settings = readSettings({ env: {}, root });
    if (isRefusal(settings)) throw new Error(settings.why);
    const { node } = nodeOver({ store, clock: systemClock as never }, { agents: createAgentStore({ root }) });
    const slackIn = createSlackIn(node, settings);
    const opened = await openHooks(node, settings, slackIn.slack);
    if (isRefusal(opened)) throw new Error(opened.why);
    const hooks = opened;
    const slackOut = await startSlackOut(node, slackIn.thread);
    slackIn.start();
    let isStopped = false;
    async function stop() {
      if (isStopped) return;
      isStopped = true;
      await hooks?.close();
      await slackIn.stop();
      await slackOut.stop();
    }
    onTestFinished(stop);
    return { stop };
  }

  /** The messages that the agent's sessions were given, oldest first: the session, and the words. */
  async function given(agentId: string): Promise<string[]> {
    const sessions = await store.sessions.list(agentId);
    const all = await Promise.all(
      sessions.map(async ({ sessionId }) => {
        const claim = await store.sessions.claim({ agentId, sessionId, owner: 'n', leaseMs: 1, batchMax: 1_000 });
        return (claim?.batch ?? []).map(({ payload }) => `${sessionId} ${payload.text}`);
      }),
    );
    await store.sessions.giveBack();
    return all.flat();
  }
  const words = async (agentId: string) => (await given(agentId)).map((line) => line.replace(/^\S+ (<@\w+> )?/, ''));
  const stateOf = async (app: string) => (await store.slackApps.list()).find((one) => one.app === app);
  /** How many messages were given to sessions. */
  async function givenCount(): Promise<number> {
    const db = new Kysely<Tables>({ dialect: sqliteDialect(folder) });
    const counted = db.selectFrom('deliveries').select((eb) => eb.fn.countAll().as('all'));
    const { all } = await counted.executeTakeFirstOrThrow();
    await db.destroy();
    return Number(all);
  }
  return {
    ...world,
    root,
    write,
    store,
    givenCount,
    start,
    given,
    words,
    stateOf,
    hookUrl: `http://127.0.0.1:${hookPort}/hooks/slack`,
  };
}
