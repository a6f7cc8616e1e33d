/** A refused act on its way from a turn into the audit log, which no model can fill. */
import { expect, test } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { createRedact } from '../../src/base/redact.ts';
import type { SupervisorMethods } from '../../src/ipc/protocol.ts';
import { parseForSupervisor } from '../../src/ipc/protocol.ts';
import { createTurnMethods } from '../../src/supervisor/turn-methods.ts';
import { createRefusalNotes } from '../../src/turns/refusals.ts';
import { only } from '../only.ts';
import { acme, openTestStore, session } from '../store/fixture.ts';
import { nodeOver, runningTurn } from '../supervisor/node.ts';

async function begin() {
  const { store, clock } = await openTestStore();
  const { node } = nodeOver({ store, clock });
  const turn = runningTurn();
  const methods = createTurnMethods(node, {
    ...{ purse: only('purse'), modelWatch: only('modelWatch') },
    ...{ agentId: acme, turnOf: (turnId: string) => (turnId === turn.turnId ? turn : undefined) },
    thread: only('thread'),
  });
  const sent: Promise<unknown>[] = [];
  type Params = SupervisorMethods['refused']['params'];
  const notesOf = (turnId?: string) =>
    createRefusalNotes({
      send(act) {
        const parsed = parseForSupervisor('refused', { ...act, ...(turnId ? { turnId } : {}) }) as Params;
        const done = Promise.resolve(methods.refused(parsed));
        sent.push(done);
        return done;
      },
      redact: createRedact([{ name: 'GIT_TOKEN', value: 'ghp_aSecretOfTheAgent1' }]),
      log: createLog('test', 'silent'),
    });
  const entries = async () => {
    await Promise.all(sent);
    return store.audit.tail(acme, 10_000);
  };
  return { store, notesOf, entries, turnId: turn.turnId };
}

test('a refusal of a turn is an entry with who, what, to what and the code, and hides every secret', async () => {
  const { store, notesOf, entries, turnId } = await begin();
  notesOf(turnId)({ action: 'git-ops', target: 'push\nghp_aSecretOfTheAgent1', code: 'BRANCH_PREFIX' });
  notesOf()({ action: 'connect', target: 'evil.example:443', code: 'DOMAIN_DENIED' });
  const [first, second] = await entries();
  expect(first).toMatchObject({
    ...session,
    ...{ actor: `agent/${acme}`, action: 'git-ops', target: 'push [jvagent-redacted:GIT_TOKEN]' },
    outcome: 'refused BRANCH_PREFIX',
  });
  expect(second).toMatchObject({ sessionId: '', target: 'evil.example:443', outcome: 'refused DOMAIN_DENIED' });
  expect(await store.audit.verify(acme)).toEqual({ ok: true });
});

test('ten thousand refusals of one turn, all of them different, are a few dozen entries', async () => {
  const { notesOf, entries, turnId } = await begin();
  const note = notesOf(turnId);
  for (let n = 0; n < 10_000; n++) note({ action: 'connect', target: `host-${n}.example:443`, code: 'DOMAIN_DENIED' });
  for (let n = 0; n < 1_000; n++) note({ action: 'connect', target: 'host-1.example:443', code: 'DOMAIN_DENIED' });
  const all = await entries();
  expect(all.length).toBeLessThan(60);
  expect(all.map(({ outcome }) => outcome)).toContain('refused DOMAIN_DENIED, 1000 times');
  expect(all.at(-1)?.target).toBe('host-1.example:443');
});
