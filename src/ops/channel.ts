/** Where the people who run the platform are told of alarms: a webhook, or a channel of Slack. */
import { isLoopbackUrl, outsideUrl } from '../agents/config/forms.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { Settings } from '../settings.ts';

/** The webhook's address is secret. */
export type OpsChannel = { readonly webhook: string } | { readonly slackChannel: string };

type OpsSettings = Pick<Settings, 'opsWebhook' | 'opsChannel' | 'slackBotToken' | 'allowLoopback'>;

const wrong = (why: string, fix: string): Refusal => refuse('CONFIG_INVALID', why, fix);

function webhookFault(webhook: string, allowLoopback: boolean): Refusal | undefined {
  if (!outsideUrl.safeParse(webhook).success) {
    const why = 'JVAGENT_OPS_WEBHOOK is no https address without user name, password and fragment';
    return wrong(why, 'Copy the whole address of the webhook into .env.');
  }
  if (isLoopbackUrl(webhook) === allowLoopback) return undefined;
  if (allowLoopback) {
    const fix = 'Remove it, or remove JVAGENT_ALLOW_LOOPBACK, which is for the emulators.';
    return wrong('JVAGENT_OPS_WEBHOOK is not on this machine, as all addresses must be', fix);
  }
  return wrong('JVAGENT_OPS_WEBHOOK is on this machine', 'Set it to the address of the webhook.');
}

/** Undefined where none is set: alarms are then seen by `/metrics` alone. */
export function opsChannelOf(settings: OpsSettings): OpsChannel | Refusal | undefined {
  const { opsWebhook, opsChannel, slackBotToken, allowLoopback } = settings;
  if (opsWebhook !== undefined && opsChannel !== undefined)
    return wrong('JVAGENT_OPS_WEBHOOK and JVAGENT_OPS_CHANNEL are both set', 'Remove one of them from .env.');
  if (opsWebhook !== undefined) return webhookFault(opsWebhook, allowLoopback) ?? { webhook: opsWebhook };
  if (opsChannel === undefined) return undefined;
  if (!/^[CG][A-Z0-9]{5,20}$/.test(opsChannel)) {
    const fix =
      "Set it to the channel's id, which Slack shows at the end of the channel's details, such as C0123456789.";
    return wrong('JVAGENT_OPS_CHANNEL is no id of a channel', fix);
  }
  if (slackBotToken) return { slackChannel: opsChannel };
  const fix = 'Set SLACK_BOT_TOKEN and SLACK_APP_TOKEN in .env, or use JVAGENT_OPS_WEBHOOK.';
  return wrong('JVAGENT_OPS_CHANNEL is set, and .env has no Slack app', fix);
}
