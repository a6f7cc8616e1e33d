/** Takes the entries of the inbox to their decisions, oldest first; one that has to wait holds up its own thread only. */
import { messageOf, OutsideError } from '../../base/errors.ts';
import { stopped } from '../../conversations/inbox-outcome.ts';
import { limits } from '../../limits.ts';
import type { Received } from '../../store/conversations/inbox.ts';
import { type HearNode, type HearParts, hear } from './hear.ts';
import { conversationPresses, type Presses, press } from './press.ts';
import type { ConnectedApp } from './slack-node.ts';

export interface InboxParts extends HearParts {
  /** The apps that are known to Slack now. */
  apps: () => readonly ConnectedApp[];
  /** What further buttons mean. */
  presses?: Presses;
}

type ReceivedStop = Extract<Received, { kind: 'stop' }>;

const nothing = { messages: [], wishes: [], logs: [] };

/** A cross on any message of a thread, or Slack's own stop button. */
async function stop(node: HearNode, entry: ReceivedStop): Promise<boolean> {
  const { store } = node;
  const { app, channel, seq, ts = '' } = entry;
  const root =
    entry.root ??
    (await store.inbox.message(app, channel, ts))?.root ??
    (await store.decisions.rootOf(app, channel, ts)) ??
    ts;
  const bound = await store.threads.get({ app, channel, root });
  if (!bound)
    return store.decisions.decide({ seq }, { ...nothing, decision: 'ignored', reason: 'the thread is no agent’s' });
  const place = { app, channel, root, ts: ts || root };
  if (!(await store.decisions.decide({ seq }, stopped(place, bound, 'asked to stop')))) return false;
  await store.sessions.askStop(bound);
  return true;
}

export function createInboxLoop(node: HearNode, parts: InboxParts) {
  const { store, log } = node;
  const presses = { ...conversationPresses(node, parts), ...parts.presses };

  function take(entry: Received, app: ConnectedApp): Promise<boolean> {
    if (entry.kind === 'message') return hear(node, entry, app, parts);
    return entry.kind === 'click' ? press(node, entry, app, presses) : stop(node, entry);
  }

  /** A bug in one entry must not keep all others from being heard. */
  async function taken(entry: Received, app: ConnectedApp): Promise<boolean> {
    try {
      return await take(entry, app);
    } catch (error) {
      if (error instanceof OutsideError && error.retryable) {
        log.debug({ app: entry.app }, messageOf(error));
        return false;
      }
      log.error({ app: entry.app, channel: entry.channel }, `could not take in a message: ${messageOf(error)}`);
      return store.decisions.decide({ seq: entry.seq }, { ...nothing, decision: 'failed', reason: messageOf(error) });
    }
  }

  /** Returns whether anything was decided. */
  return async function step(): Promise<boolean> {
    const apps = new Map(parts.apps().map((app) => [app.app.name, app]));
    const held = new Set<string>();
    let decided = 0;
    for (const entry of await store.inbox.open([...apps.keys()], limits.slackInboxAtOnceMax)) {
      const app = apps.get(entry.app);
      const thread = `${entry.app} ${entry.channel} ${entry.root ?? ''}`;
      if (!app || held.has(thread)) continue;
      if (await taken(entry, app)) decided += 1;
      else held.add(thread);
    }
    return decided > 0;
  };
}
