/** How a turn sends mail: a row before it leaves, its outcome after, and never the same one twice. */
import { expect, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import { agentConfigSchema } from '../../../src/agents/config/config.ts';
import { OutsideError } from '../../../src/base/errors.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import type { MailText } from '../../../src/conversations/gate/mail-gate.ts';
import { isRefusal, type Refusal } from '../../../src/refusal.ts';
import { mailMethods } from '../../../src/supervisor/mail/mail-methods.ts';
import { createTurnNotes } from '../../../src/supervisor/turn-notes.ts';
import { mailPortOf } from '../../../src/turns/mail.ts';
import { beginTurn } from '../../../src/turns/turn.ts';
import { granted, openTestStore, testFolder } from '../../store/fixture.ts';
import { conversationAgent, orderFor, supervisorOf, workerParts } from '../../turns/turn.ts';
import { nodeOver, runningTurn } from '../node.ts';

const secret = 'token-of-the-crm';
const erin = 'erin@acme.example.com';
const session = { agentId: 'docs' as AgentId, sessionId: 'main' as SessionId };
const email = { from: 'agent@example.com', to: [erin] };

async function mailing(fails?: Error, blocked?: Refusal) {
  const { store, clock } = await openTestStore();
  await store.sessions.ensure(session);
  const { node, said } = nodeOver({ store, clock });
  const methods = mailMethods(node, createTurnNotes(node));
  const agent = conversationAgent({
    folder: testFolder(),
    config: agentConfigSchema.parse({ id: 'docs', email }),
  });
  const sent: MailText[] = [];
  /** A turn, whose mail is numbered from the first again. */
  async function begin() {
    const claim = granted(await store.sessions.claim({ ...session, owner: 'n', leaseMs: 30_000, batchMax: 1 }));
    const running = runningTurn({ ...session, epoch: 1, agent });
    running.epoch = claim.epoch;
    running.claimId = claim.claimId;
    running.batch = [{ id: 'm1', to: 'agent/docs', from: 'person/eve', command: 'heartbeat', payload: {}, at: 0 }];
    const { supervisor } = supervisorOf({
      blocked: () => blocked,
      mailBegin: ({ turnId: _, ...begun }) => methods.begin(running, begun),
      mailEnd: ({ turnId: _, ...ended }) => methods.end(running, ended),
    });
    const mailer = {
      async send(_: object, __: string, mail: MailText) {
        if (fails) throw fails;
        sent.push(mail);
      },
    };
    const worker = workerParts(agent, { supervisor, mailer, hidden: [{ name: 'CRM_TOKEN', value: secret }] });
    const turn = beginTurn(worker, orderFor('main'), new AbortController().signal);
    const end = () => store.sessions.release({ ...session, epoch: claim.epoch, claimId: claim.claimId, end: 'broke' });
    return { send: mailPortOf(turn), end };
  }
  const acts = async () =>
    (await store.audit.tail('docs', 9)).map(({ action, target, outcome }) => [action, target, outcome]);
  return { begin, sent, said, acts };
}

const mail = { to: erin, subject: 'The export', text: `It failed: ${secret}. See https://evil.example.com/x` };

test('a mail is sent once with nothing secret in it, and stands in the log and the audit log', async () => {
  const { begin, sent, said, acts } = await mailing();
  const { send } = await begin();
  expect(await send(mail)).toBeUndefined();
  expect(sent).toHaveLength(1);
  expect(sent[0]?.text).toContain('[jvagent-redacted:CRM_TOKEN]');
  expect(said).toEqual([`mail: mail to ${erin}, The export: sent`]);
  expect(await acts()).toEqual([
    ['mail', `mail/${erin}`, 'intended'],
    ['mail', `mail/${erin}`, 'done'],
  ]);
});

test('a turn that comes again after it died sends the same mail no second time', async () => {
  const { begin, sent } = await mailing();
  const first = await begin();
  await first.send(mail);
  await first.end();
  const second = await begin();
  expect(await second.send({ ...mail, text: 'It failed, as I said.' })).toMatchObject({
    why: 'this mail was sent before',
  });
  expect(await second.send({ ...mail, subject: 'Another' })).toBeUndefined();
  expect(sent).toHaveLength(2);
});

test('a mail that may have been sent is never sent again', async () => {
  const lost = new OutsideError('gone', { system: 's', request: 'r', kind: 'unreachable', maybeDone: true });
  const { begin, said } = await mailing(lost);
  const first = await begin();
  await expect(first.send(mail)).rejects.toThrow('gone');
  expect(said.at(-1)).toContain('may have been sent');
  await first.end();
  expect(await (await begin()).send(mail)).toMatchObject({ why: 'this mail may have been sent before' });
});

test('a stranger gets no mail, nor does anybody while nothing may go out', async () => {
  const { begin, sent, acts } = await mailing();
  const refusal = await (await begin()).send({ ...mail, to: 'eve@evil.example.com' });
  expect(isRefusal(refusal) && refusal.refused).toBe('ADDRESS_DENIED');
  expect(sent).toEqual([]);
  expect((await acts()).at(-1)).toEqual(['mail', 'mail/eve@evil.example.com', 'refused ADDRESS_DENIED']);
});
