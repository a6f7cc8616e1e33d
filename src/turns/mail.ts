/**
 * Sends a turn's mail: made harmless -> permit -> a stored row -> the server, once -> its outcome, stored.
 *
 * A server cannot be asked what it has, so what may have been sent is never sent again.
 */
import { randomUUID } from 'node:crypto';
import { linkHostsOf } from '../agents/outside-urls.ts';
import { OutsideError } from '../base/errors.ts';
import { known } from '../base/known.ts';
import { type MailText, mailUse, permitMail } from '../conversations/gate/mail-gate.ts';
import { sanitizeLine } from '../documents/lines.ts';
import { writeFor } from '../documents/places.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { MailPort } from '../tools/shipped/send-email.ts';
import { outsideRefusal } from '../work-items/outside-refusal.ts';
import type { Turn } from './turn.ts';

const sentBefore = {
  sent: refuse('ADDRESS_DENIED', 'this mail was sent before', 'Nothing to do.'),
  unsure: refuse('ADDRESS_DENIED', 'this mail may have been sent before', 'Tell people so; it is not sent again.'),
};

function gateOf({ agent, order, supervisor, clock }: Turn) {
  return {
    agent: { id: agent.id, configDigest: agent.digest },
    sessionId: order.sessionId,
    email: agent.config.email,
    blocked: async () => (await supervisor.call('blocked', { kind: 'say' })) ?? undefined,
    newId: randomUUID,
    clock,
  };
}

export function mailPortOf(turn: Turn): MailPort {
  const { agent, redact, supervisor, worker, crashPoints } = turn;
  const hosts = linkHostsOf(agent);
  let sent = 0;

  async function deliver(mail: MailText, id: string): Promise<Refusal | undefined> {
    const { to, subject } = mail;
    const end = (outcome: 'sent' | 'unsure' | Refusal, permitId?: string) =>
      supervisor.call('mailEnd', { id, to, subject, outcome, ...known({ permitId }) });
    const permit = await permitMail(gateOf(turn), mail);
    if (isRefusal(permit)) {
      await end(permit);
      return permit;
    }
    try {
      await worker.mailer?.send(permit, id, mail);
      crashPoints.reach('worker.effect');
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      await end(error.facts.maybeDone ? 'unsure' : outsideRefusal(error, agent.id), permit.id);
      throw error;
    }
    await end('sent', permit.id);
    return undefined;
  }

  return async ({ to, subject, text }) => {
    const mail = {
      to,
      subject: sanitizeLine(redact(subject), { hosts }),
      text: writeFor.plainText(redact(text), { hosts }),
    };
    sent += 1;
    const begun = await supervisor.call('mailBegin', {
      to,
      subject: mail.subject,
      hash: mailUse(mail).hash,
      nth: sent,
    });
    return 'before' in begun ? sentBefore[begun.before] : deliver(mail, begun.id);
  };
}
