/** Sends what is to be told in the ops channel: each line once, in order, and again where it is not taken. */
import { createRedact, type Redact } from '../../base/redact.ts';
import { postToWebhook } from '../../connectors/ops-webhook.ts';
import { defaultApp } from '../../connectors/slack/apps.ts';
import { limits } from '../../limits.ts';
import type { OpsChannel } from '../../ops/channel.ts';
import { openOutbound } from '../../outbound/outbound.ts';
import { proxiesWithPassword } from '../../outbound/settings.ts';
import type { Settings } from '../../settings.ts';
import type { LineEnd, OpsLine } from '../../store/ops/lines.ts';
import { pauses, tryAgainAt } from '../../waits.ts';
import type { Node } from '../node.ts';

type TellNode = Pick<Node, 'store' | 'clock' | 'log'>;

const hourMs = 3_600_000;

/** Hides the platform's own secrets; what agents say was cleared of theirs by their workers. */
function redactOf(settings: Settings): Redact {
  const { anthropicApiKey, slackBotToken, slackAppToken, slackSigningSecret, hookKey, apiToken, viewToken } = settings;
  const own = {
    ...{ ANTHROPIC_API_KEY: anthropicApiKey, JVAGENT_HOOK_KEY: hookKey, JVAGENT_API_TOKEN: apiToken },
    ...{ SLACK_BOT_TOKEN: slackBotToken, SLACK_APP_TOKEN: slackAppToken, SLACK_SIGNING_SECRET: slackSigningSecret },
    ...{ JVAGENT_VIEW_TOKEN: viewToken, JVAGENT_OPS_WEBHOOK: settings.opsWebhook },
    ...proxiesWithPassword(settings.outbound),
  };
  return createRedact(Object.entries(own).flatMap(([name, value = '']) => (value === '' ? [] : [{ name, value }])));
}

/** Tells one line; of one that may have been told before it says so. Undefined where another node tells it. */
async function tellLine(
  { store, clock }: TellNode,
  channel: OpsChannel,
  line: OpsLine,
  post: Post,
): Promise<LineEnd | undefined> {
  // Nobody is woken for what was so a day ago: also where an old state was restored.
  const isStale = clock.now() - line.at > limits.opsStaleHours * hourMs;
  if (isStale) return { kind: 'lost', why: line.why ?? `it is older than ${limits.opsStaleHours} hours` };
  if ('slackChannel' in channel) {
    // The outbox sends it once, and in order.
    const place = { app: defaultApp, channel: channel.slackChannel };
    const own = { key: `ops:${line.seq}:${line.at}`, agentId: '', sessionId: '', place, by: 'platform' } as const;
    await store.outbox.add({ ...own, what: { kind: 'post', text: line.text } });
    return { kind: 'sent' };
  }
  if (!(await store.opsLines.begin(line.seq))) return undefined;
  const posted = await post(channel.webhook, line.isDoubtful ? `(Perhaps told before.) ${line.text}` : line.text);
  if (posted === 'taken') return { kind: 'sent' };
  const { why, mayStand, retryAfterMs = 0, isOfWords = false } = posted;
  // What comes after it must not wait a day for words that are never taken.
  if (isOfWords && line.attempts + 1 >= limits.opsRefusedTriesMax) return { kind: 'lost', why };
  const now = clock.now();
  const until = Math.max(now + retryAfterMs, tryAgainAt(now, pauses.opsWebhook, line.attempts));
  return { kind: 'later', why, until, isDoubtful: mayStand || line.isDoubtful };
}

type Post = (url: string, text: string) => ReturnType<typeof postToWebhook>;

/** Sends what may be sent now, and stops at the first that is not taken, so that the order stays. */
export function createTell(
  node: TellNode,
  channel: OpsChannel,
  settings: Settings,
  stopping: AbortSignal,
): () => Promise<void> {
  const { store, clock, log } = node;
  const redact = redactOf(settings);
  const { fetch } = openOutbound(settings.outbound);
  const post: Post = (url, text) => postToWebhook({ url, fetch, clock, stopping }, text);
  return async () => {
    for (const line of await store.opsLines.waiting()) {
      if (stopping.aborted || (line.nextAt ?? 0) > clock.now()) return;
      const end = await tellLine(node, channel, { ...line, text: redact(line.text) }, post);
      if (!end) return;
      await store.opsLines.end(line.seq, end);
      if (end.kind === 'lost') log.error(`an alarm was not told: ${end.why}`);
      if (end.kind !== 'later') continue;
      if (end.why !== line.why) log.warn(`an alarm could not be told, and is tried again: ${end.why}`);
      return;
    }
  };
}
