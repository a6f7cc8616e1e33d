/** The gate of mail: an agent writes only to the people whom its configuration names, and while it may act. */
import type { AgentConfig } from '../../agents/config/config.ts';
import type { Clock } from '../../base/clock.ts';
import { digestOf } from '../../base/digest.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { Permit } from '../../work-items/gate/permit.ts';
import type { SayPermit } from './say-gate.ts';

/** A mail as it leaves. */
export interface MailText {
  to: string;
  subject: string;
  text: string;
}

export interface MailGateOptions {
  agent: { id: string; configDigest: string };
  sessionId: string;
  email: AgentConfig['email'];
  /** Why nothing may go out now; asked last, just before minting. */
  blocked: () => Promise<Refusal | undefined>;
  newId: () => string;
  clock: Clock;
}

/** As a call must have it: to whom, and the digest of the words. */
export const mailUse = ({ to, subject, text }: MailText) => ({
  address: `mail/${to}`,
  hash: digestOf({ subject, text }),
});

export async function permitMail(options: MailGateOptions, mail: MailText): Promise<SayPermit | Refusal> {
  const { agent, sessionId, email, blocked, newId, clock } = options;
  if (!email?.to.includes(mail.to)) {
    const fix = 'Write to one of `email.to`, or have a person add the address there.';
    return refuse('ADDRESS_DENIED', `${agent.id} may not write to ${mail.to}`, fix);
  }
  const checkedAt = clock.now();
  const stopped = await blocked();
  if (stopped) return stopped;
  const { id: agentId, configDigest } = agent;
  return Permit.mint(newId(), { kind: 'say', agentId, sessionId, ...mailUse(mail), configDigest }, clock, checkedAt);
}
