/** Checks what an agent needs in Slack: its app's tokens and scopes, and the channels in which it is heard. */
import type { Agent } from '../agents/agent.ts';
import { OutsideError } from '../base/errors.ts';
import { readSlackApps, type SlackApp } from '../connectors/slack/apps.ts';
import { asksForSocket, createReads, type SlackReads } from '../connectors/slack/reads.ts';
import { createWebClients } from '../connectors/slack/web-clients.ts';
import type { Fetch } from '../outbound/outbound.ts';
import type { Settings } from '../settings.ts';
import { slackAppNameOf } from '../status/slack-standing.ts';
import { type Check, fail, type Verdict, warn } from './finding.ts';
import { named } from './own-agent.ts';

export interface SlackChecksOptions {
  agent: Agent;
  settings: Settings;
  fetch: Fetch;
}

/** What the platform calls and hears; docs/slack.md has the manifest. */
const scopes: readonly string[] = [
  ...[
    'app_mentions:read',
    'chat:write',
    'channels:history',
    'channels:read',
    'files:read',
    'files:write',
    'groups:history',
  ],
  ...['groups:read', 'im:history', 'im:read', 'reactions:read', 'reactions:write', 'users:read'],
];

/** The app of the agent, or what is wrong with its files. */
function appOf({ agent, settings }: SlackChecksOptions): SlackApp | Verdict {
  const name = slackAppNameOf(agent);
  const { apps, faults } = readSlackApps(settings);
  const fault = faults.find(({ app }) => app === name);
  if (fault) return { status: 'fail', what: `${fault.file} ${fault.message}`, ...fault };
  const file = name === 'default' ? '.env' : `slack/${name}.env`;
  const none = fail(
    `the Slack app ${name} has no tokens`,
    `Set SLACK_BOT_TOKEN and SLACK_APP_TOKEN in ${file} (mode 600).`,
  );
  return apps.find((app) => app.name === name) ?? { ...none, at: ['slack'] };
}

async function tokens({ name, appToken, apiUrl }: SlackApp, reads: SlackReads, fetch: Fetch): Promise<Verdict[]> {
  const { team } = await reads.identity();
  const granted = await reads.scopes();
  const missing = scopes.filter((scope) => !granted.includes(scope));
  const fix = 'Add them to the app at api.slack.com, then install the app again.';
  const ofScopes =
    missing.length > 0
      ? [fail(`the Slack app ${name} lacks the scopes ${missing.join(', ')}`, fix, 'OUTSIDE_AUTH')]
      : [];
  if (appToken === undefined)
    return [`the Slack app ${name} is in the workspace ${team}; it hears by hooks`, ...ofScopes];
  const { read } = await createWebClients({ token: appToken, apiUrl, fetch });
  await asksForSocket(read, name);
  return [`the Slack app ${name} is in the workspace ${team}, and may open its socket`, ...ofScopes];
}

/** Why a channel is no use to the agent; undefined if it is. */
async function channelFault({ id, config }: Agent, reads: SlackReads, channel: string): Promise<Verdict | undefined> {
  const found = await reads.channel(channel).catch((error: unknown) => {
    if (error instanceof OutsideError && error.facts.kind === 'missing') return undefined;
    throw error;
  });
  const invite = 'Invite the app to it: `/invite @` and its name, written in that channel.';
  if (!found) {
    const fix = `Correct the id in ${id}/jvAgent.json. If the channel is private: ${invite}`;
    return fail(`Slack knows no channel ${channel} that the app may see`, fix);
  }
  const name = found.name ? `${channel} (#${found.name})` : channel;
  if (found.isArchived)
    return fail(`the channel ${name} is archived`, `Bring it back, or remove it from ${id}/jvAgent.json.`);
  if (!found.isMember) return fail(`the app is not in the channel ${name}`, invite);
  if (!found.isShared || config.slack?.allowShared) return undefined;
  const fix = 'Set slack.allowShared to true if the agent may be heard there; until then it is not.';
  return { ...warn(`the channel ${name} is shared with another company`, fix), at: ['slack', 'allowShared'] };
}

async function channels(agent: Agent, reads: SlackReads): Promise<Verdict[]> {
  const { channels: heard = [], statusChannel } = agent.config.slack ?? {};
  const all = [...new Set([...heard, ...(statusChannel === undefined ? [] : [statusChannel])])];
  const faults = (await Promise.all(all.map((channel) => channelFault(agent, reads, channel)))).filter(
    (each) => each !== undefined,
  );
  if (faults.length > 0) return faults;
  return [
    all.length === 0 ? 'no channel is named: the agent takes direct messages only' : `the app is in ${named(all)}`,
  ];
}

/** None for an agent that is not to be heard in Slack. */
export function slackChecks(options: SlackChecksOptions): Check[] {
  const { agent, fetch } = options;
  if (slackAppNameOf(agent) === undefined) return [];
  const app = appOf(options);
  if (typeof app === 'string' || !('botToken' in app)) return [{ id: `${agent.id} slack`, look: () => app }];
  const { name, botToken: token, apiUrl } = app;
  const reads = createWebClients({ token, apiUrl, fetch }).then(({ read }) => createReads(read, name));
  return [
    { id: `${agent.id} slack`, look: async () => tokens(app, await reads, fetch) },
    { id: `${agent.id} slack-channels`, at: ['slack', 'channels'], look: async () => channels(agent, await reads) },
  ];
}
