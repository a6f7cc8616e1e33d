/** What doctor says of Slack, asked of the emulated one. */
import { expect, test } from 'vitest';
import type { AgentId } from '../../src/agents/agent-id.ts';
import { agentConfigSchema } from '../../src/agents/config/config.ts';
import { findingsOf } from '../../src/checks/finding.ts';
import { slackChecks } from '../../src/checks/slack.ts';
import { isRefusal } from '../../src/refusal.ts';
import { readSettings } from '../../src/settings.ts';
import { createWorkspace } from '../agents/workspace.ts';
import { startSlack } from '../emulators/slack/world.ts';
import { conversationAgent } from '../turns/turn.ts';

async function look(
  slack: Record<string, unknown> | undefined,
  { scopes, env = '' }: { scopes?: string[]; env?: string } = {},
) {
  const world = await startSlack();
  const { botToken, appToken } = world.slack.app();
  if (scopes) world.slack.app().scopes = scopes;
  const tokens = env || `SLACK_BOT_TOKEN=${botToken}\nSLACK_APP_TOKEN=${appToken}\n`;
  const { root } = createWorkspace({ '.env': `${tokens}SLACK_API_URL=${world.apiUrl}\nJVAGENT_ALLOW_LOOPBACK=1\n` });
  const settings = readSettings({ env: {}, root });
  if (isRefusal(settings)) throw new Error(settings.why);
  const id = 'docs' as AgentId;
  const agent = conversationAgent({ id, config: agentConfigSchema.parse({ id, ...(slack ? { slack } : {}) }) });
  const found = await findingsOf(slackChecks({ agent, settings, fetch: globalThis.fetch }));
  return found.map(({ id: check, status, what }) => `${check} ${status}: ${what}`);
}

test('an app that works in its channels is well', async () => {
  expect(await look({ channels: ['C0DOCS'], statusChannel: 'C0ACMESTAT' })).toEqual([
    'docs slack ok: the Slack app default is in the workspace T0JVAGENT, and may open its socket',
    'docs slack-channels ok: the app is in C0DOCS, C0ACMESTAT',
  ]);
});

test('each channel that is no use to the agent is told, with what is wrong', async () => {
  const channels = ['C0DOCS', 'C0RANDOM', 'C0OLD', 'C0SHARED', 'C0NOWHERE'];
  expect((await look({ channels })).slice(1)).toEqual([
    'docs slack-channels fail: the app is not in the channel C0RANDOM (#random)',
    'docs slack-channels fail: the channel C0OLD (#old-project) is archived',
    'docs slack-channels warn: the channel C0SHARED (#acme-shared) is shared with another company',
    'docs slack-channels fail: Slack knows no channel C0NOWHERE that the app may see',
  ]);
});

test('scopes that are missing are named', async () => {
  const scopes = [
    'chat:write',
    'channels:history',
    'channels:read',
    'groups:history',
    'groups:read',
    'im:history',
    'im:read',
    'users:read',
  ];
  expect(await look({ channels: ['C0DOCS'] }, { scopes })).toContain(
    'docs slack fail: the Slack app default lacks the scopes app_mentions:read, files:read, files:write, reactions:read, reactions:write',
  );
});

test('a token that Slack refuses, and tokens that are not there, are told', async () => {
  const refused = await look({ channels: ['C0DOCS'] }, { env: 'SLACK_BOT_TOKEN=xoxb-old\nSLACK_APP_TOKEN=xapp-old\n' });
  expect(refused[0]).toContain('docs slack fail: Slack (default): auth.test answered invalid_auth');
  expect(await look({ channels: ['C0DOCS'] }, { env: 'X=1\n' })).toEqual([
    'docs slack fail: the Slack app default has no tokens',
  ]);
});

test('an agent that is not to be heard in Slack is not asked about it', async () => {
  expect(await look(undefined)).toEqual([]);
});
