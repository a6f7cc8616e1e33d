/** A mail leaves once, by its permit, and what goes wrong is told without the password. */
import { expect, test } from 'vitest';
import type { OutsideErrorFacts } from '../../../src/base/errors.ts';
import { createRedact } from '../../../src/base/redact.ts';
import { createMailer } from '../../../src/connectors/mail/mail.ts';
import { type MailText, permitMail } from '../../../src/conversations/gate/mail-gate.ts';
import { isRefusal, type Refusal, refuse } from '../../../src/refusal.ts';
import { factsOf } from '../../conformance/connector-world.ts';
import { granted } from '../../store/fixture.ts';
import { startSmtp } from './smtp.ts';

const from = 'agent@example.com';
const erin = 'erin@acme.example.com';
const mail: MailText = { to: erin, subject: 'The export', text: 'It failed.\n.\nSee the log.' };
const clock = { now: () => 0, sleep: async () => {} };

const permit = (given = mail, blocked?: Refusal) =>
  permitMail(
    {
      agent: { id: 'docs', configDigest: 'digest' },
      sessionId: 'main',
      email: { from, to: [erin] },
      blocked: async () => blocked,
      newId: () => 'p1',
      clock,
    },
    given,
  );

const mailerFor = (url: string) =>
  createMailer({ url, from, redact: createRedact([{ name: 'SMTP_URL', value: 'pass-of-the-mail' }]) });

test('a mail arrives as it was written, from the agent, to that one person', async () => {
  const { url, mails } = await startSmtp();
  await mailerFor(url).send(granted(await permit()), 'id-1', mail);
  expect(mails).toHaveLength(1);
  expect(mails[0]).toMatchObject({ from, to: [erin] });
  expect(mails[0]?.text).toContain('Subject: The export\n');
  expect(mails[0]?.text).toContain('Message-ID: <id-1@example.com>');
  expect(mails[0]?.text).toContain('It failed.\n.\nSee the log.');
});

test('only the people of the configuration are written to, and nobody while nothing may go out', async () => {
  const stranger = await permit({ ...mail, to: 'eve@evil.example.com' });
  expect(stranger).toMatchObject({ refused: 'ADDRESS_DENIED', why: expect.stringContaining('eve@evil.example.com') });
  expect(await permit(mail, refuse('PAUSED', 'docs is paused'))).toMatchObject({ refused: 'PAUSED' });
});

test('a permit is for these words, to this person, once', async () => {
  const { url, mails } = await startSmtp();
  const mailer = mailerFor(url);
  const given = granted(await permit());
  for (const other of [
    { ...mail, text: 'Other.' },
    { ...mail, subject: 'Other' },
    { ...mail, to: from },
  ]) {
    expect(await factsOf(mailer.send(given, 'id', other))).toMatchObject({ kind: 'refused', typeKey: 'GATE_TENANT' });
  }
  await mailer.send(given, 'id', mail);
  expect(await factsOf(mailer.send(given, 'id', mail))).toMatchObject({ typeKey: 'GATE_UNVERIFIABLE' });
  expect(mails).toHaveLength(1);
});

test.each<[string, Parameters<typeof startSmtp>[0], Partial<OutsideErrorFacts>]>([
  ['a wrong password', { answers: { AUTH: '535 no, pass-of-the-mail is wrong' } }, { kind: 'auth', token: 'SMTP_URL' }],
  ['a person that is not there', { answers: { RCPT: '550 no such user' } }, { kind: 'refused', maybeDone: false }],
  ['a text that is not taken', { answers: { DATA: '554 no' } }, { kind: 'refused', maybeDone: false }],
  ['a server that goes away with the text', { leavesAfterText: true }, { maybeDone: true }],
])('%s is told as that', async (_, ways, facts) => {
  const { url } = await startSmtp(ways);
  const failed = mailerFor(url).send(granted(await permit()), 'id', mail);
  const error = await failed.catch((thrown: Error) => thrown.message);
  expect(error).not.toContain('pass-of-the-mail');
  expect(await factsOf(failed)).toMatchObject(facts);
});

test('a server that is not there is not reached', async () => {
  const sent = mailerFor('smtp://127.0.0.1:1').send(granted(await permit()), 'id', mail);
  expect(await factsOf(sent)).toMatchObject({ kind: 'unreachable', maybeDone: false });
  expect(isRefusal(await permit())).toBe(false);
});
