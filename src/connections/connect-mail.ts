/** The mail server of an agent that may write mail, with its secret. */
import type { Agent } from '../agents/agent.ts';
import { isLoopbackUrl } from '../agents/config/forms.ts';
import { missingSecret, type Secrets } from '../agents/secrets/secrets.ts';
import type { Redact } from '../base/redact.ts';
import { createMailer, type Mailer } from '../connectors/mail/mail.ts';
import { type Refusal, refuse } from '../refusal.ts';

export interface ConnectMailOptions {
  agent: Agent;
  secrets: Secrets;
  redact: Redact;
  allowLoopback: boolean;
}

/** Undefined where the configuration names nobody to write to. */
export function connectMail({
  agent,
  secrets,
  redact,
  allowLoopback,
}: ConnectMailOptions): Mailer | Refusal | undefined {
  const { email } = agent.config;
  if (!email) return undefined;
  const url = secrets.get('SMTP_URL')?.reveal();
  if (url === undefined) return missingSecret(agent, 'SMTP_URL');
  const wrong = (why: string) =>
    refuse('CONFIG_INVALID', `${agent.id}: SMTP_URL ${why}`, `Correct SMTP_URL in ${agent.id}/secrets.env.`);
  if (!/^smtps?:\/\/[^/]/.test(url) || !URL.canParse(url)) return wrong('is no smtps:// or smtp:// address');
  if (isLoopbackUrl(url) !== allowLoopback) return wrong(`is ${allowLoopback ? 'not ' : ''}on loopback`);
  return createMailer({ url, from: email.from, redact });
}
