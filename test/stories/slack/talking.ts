/** Slack in a story: the platform is connected to the emulated workspace, people write there, and what agents say is waited for. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createSlackPerson, type Seen, type SlackPerson } from '../../../emulators/slack/person.ts';
import type { Emulators } from '../../../emulators/start.ts';
import type { LogEntry } from '../../../src/store/session-log.ts';
import { call, type Replies } from '../scripts.ts';
import type { World } from '../world.ts';

type Named = Pick<World, 'emulators'>;

/** The tokens of the emulated apps, where the platform reads them. */
export function putSlackTokens(root: string, { slack, urls }: Emulators, apps: readonly string[] = ['default']): void {
  mkdirSync(join(root, 'slack'), { recursive: true, mode: 0o700 });
  for (const name of apps) {
    const { botToken, appToken } = slack.app(name);
    const lines = [`SLACK_BOT_TOKEN=${botToken}`, `SLACK_APP_TOKEN=${appToken}`];
    const isDefault = name === 'default';
    const file = isDefault ? '.env' : `slack/${name}.env`;
    const text = [...lines, ...(isDefault ? [`SLACK_API_URL=${urls.slack}/api/`] : []), ''].join('\n');
    writeFileSync(join(root, file), text, { mode: 0o600 });
  }
}

export const person = ({ emulators }: Named, user: string): SlackPerson => createSlackPerson(emulators, { user });

const bots = new Set(['U0JVAGENT', 'U0GLOBEXBOT']);

/** What agents wrote in a channel, or in one of its threads. */
export const spoken = (who: SlackPerson, channel: string, thread?: string): Seen[] =>
  who.messages(channel, thread === undefined ? {} : { thread }).filter(({ user }) => bots.has(user));

/** The words of a message, with those of its blocks. */
export const wordsOf = ({ text, blocks = [] }: Seen): string => `${text} ${JSON.stringify(blocks)}`;

/** Resolves with the message of an agent in this thread that has these words. */
export async function heardFrom(
  world: World,
  who: SlackPerson,
  where: { channel: string; thread: string },
  words: string,
): Promise<Seen> {
  const found = () => spoken(who, where.channel, where.thread).find((message) => wordsOf(message).includes(words));
  await world
    .eventually(`"${words}" in ${where.channel}`, () => found() !== undefined)
    .catch((error: unknown) => {
      const said = who.messages(where.channel, { thread: where.thread }).map((message) => wordsOf(message));
      throw new Error(`${String(error)}; in the thread stands\n${said.join('\n')}`);
    });
  const message = found();
  if (!message) throw new Error('a message that was there is gone');
  return message;
}

/** Resolves once the app is connected. */
export const connected = ({ emulators }: Named, app?: string) => emulators.slack.connected(1, app);

/** Resolves when everything that was written is decided, and no turn of these agents runs or is due. */
export async function settled(world: World, ...agentIds: string[]): Promise<void> {
  await world.emulators.slack.idle();
  await world.eventually('rest', async () => {
    const { inbox, sessions, outbox } = world.supervisor.store;
    if ((await inbox.open(['default', 'globex'], 1)).length > 0) return false;
    for (const agentId of agentIds) {
      const now = Date.now();
      const all = await sessions.list(agentId);
      if (all.some(({ leaseOwner, wakeAt = now + 1 }) => leaseOwner !== undefined || wakeAt <= now)) return false;
      if ((await outbox.of(agentId)).some(({ state }) => !['sent', 'failed'].includes(state))) return false;
    }
    return true;
  });
}

/** The log of a session as one text. */
export async function logOf({ supervisor }: World, agentId: string, sessionId?: string): Promise<string> {
  const which = { agentId, ...(sessionId === undefined ? {} : { sessionId }), max: 1_000 };
  return (await supervisor.store.log.tail(which)).map((entry: LogEntry) => JSON.stringify(entry)).join('\n');
}

/** Every request to the model since the start. */
export const modelRequests = ({ emulators }: Named): string[] =>
  emulators.faults.requests().flatMap(({ target, bodyText }) => (target === 'anthropic' ? [bodyText] : []));

export const noReply = (reason: string): Replies[number] => call('mcp__jv__no-reply', { reason });

/** Nothing that an agent wrote holds these words. */
export function expectUnsaid(who: SlackPerson, channel: string, thread: string | undefined, ...words: string[]): void {
  const said = spoken(who, channel, thread).map(wordsOf).join('\n');
  for (const word of words) expect(said).not.toContain(word);
}
