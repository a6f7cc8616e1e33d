/** What a running turn hears of what came by another node. */
import { expect, test } from 'vitest';
import type { SessionId } from '../../../src/broker/session-id.ts';
import { createTellTurns } from '../../../src/supervisor/workers/tell-turns.ts';
import { twoStoresOfFile } from '../../postgres/two-stores.ts';
import { claimOptions, granted, messageFor, session } from '../../store/fixture.ts';
import { nodeOver, runningTurn } from '../node.ts';

const openTwoStores = twoStoresOfFile();

/** A turn that runs on one node, and the other node's store; `heard` is what the turn was told. */
async function turnHere() {
  const { one, other, clock } = await openTwoStores();
  const { node } = nodeOver({ store: one, clock });
  const tell = createTellTurns(node);
  await one.sessions.ensure(session);
  const { epoch, claimId } = granted(await one.sessions.claim(claimOptions));
  const heard: string[] = [];
  const told = (word: string) => async () => void heard.push(word);
  const turn = runningTurn({ ...session, epoch, claimId, look: told('look'), interrupt: told('interrupt') });
  node.running.set(turn.turnId, turn);
  const deliver = async (id: string, command: string, sessionId: string = session.sessionId) => {
    await other.sessions.ensure({ ...session, sessionId });
    await other.messages.add({ ...messageFor(id), command });
    await other.messages.delivered(id, [{ messageId: id, ...session, sessionId: sessionId as SessionId }]);
  };
  return { other, tell, heard, deliver };
}

test('a message that another node took in makes a running turn look again, once', async () => {
  const { tell, heard, deliver } = await turnHere();
  await deliver('m1', 'work.process');
  await deliver('m2', 'work.cancel', 'wi-13');
  await tell.news();
  await tell.news();
  expect(heard).toEqual(['look']);
  await deliver('m3', 'work.process');
  await tell.news();
  expect(heard).toEqual(['look', 'look']);
});

test("a person's decision, or their stop, that another node took in stops a running turn, once", async () => {
  const decided = await turnHere();
  await decided.deliver('m1', 'work.cancel');
  await decided.tell.news();
  await decided.tell.news();
  expect(decided.heard).toEqual(['interrupt']);
  const stopped = await turnHere();
  await stopped.other.sessions.askStop(session);
  await stopped.tell.news();
  await stopped.tell.news();
  expect(stopped.heard).toEqual(['interrupt']);
});
