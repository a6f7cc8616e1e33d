/** Sends mail over SMTP: one plain text to one person, each by its permit. */
import { messageOf, OutsideError, type OutsideErrorFacts } from '../../base/errors.ts';
import type { Redact } from '../../base/redact.ts';
import { type MailText, mailUse } from '../../conversations/gate/mail-gate.ts';
import type { SayPermit } from '../../conversations/gate/say-gate.ts';
import { limits } from '../../limits.ts';
import { type Asked, spend } from '../http/outside.ts';

export interface Mailer {
  /** Resolves once the server has taken it; `id` is that of its stored row. Throws OutsideError. */
  send(permit: SayPermit, id: string, mail: MailText): Promise<void>;
}

export interface MailerOptions {
  /** `SMTP_URL`, as `smtpPlaceOf` accepts it. */
  url: string;
  /** The sender's address. */
  from: string;
  redact: Redact;
}

/** By nodemailer's name of the error. */
const kinds: Readonly<Record<string, OutsideErrorFacts['kind']>> = {
  EAUTH: 'auth',
  ENOAUTH: 'auth',
  ECONNECTION: 'unreachable',
  ETIMEDOUT: 'unreachable',
  ESOCKET: 'unreachable',
  EDNS: 'unreachable',
  ETLS: 'unreachable',
};

interface SmtpError {
  code?: string;
  /** What the system was asked for, such as `connect`. */
  syscall?: string;
  responseCode?: number;
}

/** By these names nothing was sent for sure. */
const before: ReadonlySet<string> = new Set(['EDNS', 'ETLS', 'EAUTH', 'ENOAUTH', 'EENVELOPE']);

/** Without an answer of the server, the mail may be on its way. */
function outsideError(error: unknown, asked: Asked, redact: Redact): OutsideError {
  const { code = '', syscall, responseCode } = (error ?? {}) as SmtpError;
  const isRefused = responseCode !== undefined && responseCode >= 500;
  const kind = kinds[code] ?? (isRefused ? 'refused' : 'failed');
  const maybeDone = responseCode === undefined && !before.has(code) && syscall !== 'connect';
  const text = redact(`${asked.system}: ${asked.request}: ${messageOf(error)}`);
  return new OutsideError(text, { ...asked, kind, maybeDone, ...(kind === 'auth' ? { token: 'SMTP_URL' } : {}) });
}

const portOf = { 'smtps:': 465, 'smtp:': 587 };

export function createMailer({ url, from, redact }: MailerOptions): Mailer {
  const { protocol, hostname, port, username, password } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const isLoopback = ['localhost', '127.0.0.1', '::1'].includes(host);
  const secure = protocol === 'smtps:';
  const timeoutMs = limits.requestSecondsMax * 1_000;
  const auth = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };

  /** Loaded for the first mail. */
  async function open() {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      host,
      port: port === '' ? portOf[secure ? 'smtps:' : 'smtp:'] : Number(port),
      secure,
      // A password and a customer's words leave this machine over TLS only.
      requireTLS: !secure && !isLoopback,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...(username === '' ? {} : { auth }),
    });
  }

  return {
    async send(permit, id, mail) {
      const asked = { system: `the mail server ${host}`, request: `mail to ${mail.to}` };
      const transport = await open();
      spend(permit, ['say'], mailUse(mail), asked);
      try {
        const messageId = `<${id}@${from.split('@').at(-1)}>`;
        const headers = { 'Auto-Submitted': 'auto-generated' };
        await transport.sendMail({ from, ...mail, messageId, headers });
      } catch (error) {
        throw outsideError(error, asked, redact);
      } finally {
        transport.close();
      }
    },
  };
}
