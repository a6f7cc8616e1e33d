/** Whether the people who run the platform can be told of alarms. A check posts nothing: it only looks whether the host answers. */
import { type Webhook, webhookFault } from '../connectors/ops-webhook.ts';
import { type OpsChannel, opsChannelOf } from '../ops/channel.ts';
import { isRefusal } from '../refusal.ts';
import type { Settings } from '../settings.ts';
import type { OpsLines } from '../store/ops/lines.ts';
import { timeText } from '../work-items/time-text.ts';
import { type Check, type Verdict, warn } from './finding.ts';

export interface OpsCheckOptions {
  readonly settings: Settings;
  /** How the host is reached; undefined where nothing outside this machine is asked. */
  readonly way: Omit<Webhook, 'url'> | undefined;
  /** Opens the state, where lines wait. */
  readonly lines: () => Promise<Pick<OpsLines, 'waiting'>>;
}

const addressFix = 'Check the address in JVAGENT_OPS_WEBHOOK, and the way there.';

async function reach(channel: OpsChannel, way: OpsCheckOptions['way']): Promise<Verdict> {
  if ('slackChannel' in channel)
    return `alarms are told in ${channel.slackChannel} by the Slack app of .env (not tried)`;
  const { host } = new URL(channel.webhook);
  const why = way && (await webhookFault({ ...way, url: channel.webhook }));
  if (why !== undefined) return warn(why, addressFix, 'OUTSIDE_UNREACHABLE');
  return `alarms are posted to ${host}${way ? ', which answers' : ''} (a post was not tried)`;
}

/** What the platform could not tell is said before anything else. */
export function opsCheck({ settings, way, lines }: OpsCheckOptions): Check {
  return {
    id: 'ops',
    async look() {
      const channel = opsChannelOf(settings);
      if (isRefusal(channel)) return channel;
      if (!channel) return 'no ops channel is set: alarms stand at /metrics and in `jvagent status` alone';
      const waiting = await (await lines()).waiting();
      const [failed] = waiting.filter(({ why }) => why !== undefined);
      if (!failed) return reach(channel, way);
      const count = waiting.length === 1 ? '1 line waits' : `${waiting.length} lines wait`;
      const until = failed.nextAt === undefined ? '' : `, tried again at ${timeText(failed.nextAt)}`;
      return warn(`${count} to be told${until}: ${failed.why}`, addressFix, 'OUTSIDE_UNREACHABLE');
    },
  };
}
