/** Words to the bot itself: who may say them, what follows, and that nobody learns of another customer's work. */
import { expect, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import { granted, rules } from '../../store/fixture.ts';
import { inChannels } from '../slack/channels.ts';

const people = {
  U1: { person: 'erin@acme.example.com', may: ['start', 'stop'] },
  U3: { person: 'ann@acme.example.com', may: [] },
  UG: { person: 'guest@acme.example.com', may: ['start', 'stop'] },
};
const acme = 'codechange/acme' as AgentId;
const globex = 'codechange/globex' as AgentId;

/** Two customers with a board each, in a channel each; work item 12 of acme and 7 of globex are being planned. */
async function boards() {
  const world = await inChannels(
    {
      [acme]: { slack: { channels: ['CACME'], people }, hasBoard: true },
      [globex]: { slack: { channels: ['CGLOBEX'] }, hasBoard: true },
    },
    { obeys: true },
  );
  const { store, says, posts } = world;
  const items = [
    { agentId: acme, workItemId: 12, title: 'Guard keys' },
    { agentId: globex, workItemId: 7, title: 'Secret merger' },
  ];
  for (const { agentId, workItemId, title } of items) {
    const session = { agentId, sessionId: `wi-${workItemId}` as SessionId };
    await store.sessions.ensure(session);
    const { epoch, claimId } = granted(await store.sessions.claim({ ...session, owner: 'n', leaseMs: 1, batchMax: 1 }));
    const event = { kind: 'found', title, type: 'Bug' } as const;
    granted(await store.items.apply({ ...session, epoch, claimId, event, rules, stateMapping: {} }));
    await store.sessions.release({ ...session, epoch, claimId, end: 'rested' });
  }
  /** What the bot answered to this. */
  async function told(user: string, text: string, channel = 'CACME') {
    await says(channel, user, `<@UBOT> ${text}`);
    const last = (await posts('')).at(-1)?.what;
    return last && 'text' in last ? last.text : '';
  }
  const asked = async () =>
    (await store.messages.unrouted(10)).map(({ to, from, command, payload }) => ({ to, from, command, ...payload }));
  return { ...world, told, asked };
}

const erin = 'person/erin@acme.example.com';

test.each([
  ['start 12', 'work.process'],
  ['start 99', 'work.process'],
  ['stop 12', 'work.cancel'],
  ['retry #12', 'work.retry'],
])('%s becomes a message of that person to the agent', async (words, command) => {
  const { told, asked } = await boards();
  expect(await told('U1', words)).toContain('as `erin@acme.example.com` asked');
  expect(await asked()).toMatchObject([{ to: `agent/${acme}`, from: erin, command }]);
});

test('somebody without the right may ask how things stand, and change nothing', async () => {
  const { told, asked } = await boards();
  expect(await told('U3', 'stop 12')).toContain('ann@acme.example.com may not stop work items');
  expect(await told('U3', 'why 12')).toContain('Work item 12 of codechange/acme: planning.');
  expect(await asked()).toEqual([]);
});

test('a guest is told nothing, whatever the configuration says of them', async () => {
  const { told, asked } = await boards();
  for (const words of ['status', 'why 12', 'stop 12']) expect(await told('UG', words)).toContain('is a guest');
  expect(await asked()).toEqual([]);
});

test('whom a work item waits for is named as on every other screen', async () => {
  const { store, clock, told } = await boards();
  const session = { agentId: acme, sessionId: 'wi-12' as SessionId };
  const { epoch, claimId } = granted(await store.sessions.claim({ ...session, owner: 'n', leaseMs: 1, batchMax: 1 }));
  const until = clock.now() + 60_000;
  const why = { refused: 'OUTSIDE_UNREACHABLE', why: 'it answered 529', fix: 'Wait.', system: 'model', until } as const;
  await store.sessions.release({ ...session, epoch, claimId, end: 'rested', wakeAt: until, why });
  expect(await told('U1', 'why 12')).toContain("Waits for its model's provider.");
});

test('status and why speak of the agents of that channel only', async () => {
  const { told } = await boards();
  const status = await told('U1', 'status');
  expect(status).toContain('codechange/acme 12 Guard keys');
  expect(status).not.toMatch(/globex|merger/);
  expect(await told('U1', 'why 7')).not.toMatch(/globex|merger/);
});

test('what cannot be stopped is said to be so', async () => {
  const { told, asked } = await boards();
  expect(await told('U1', 'stop 99')).toContain('it was not started');
  expect(await asked()).toEqual([]);
});

test('help tells what there is', async () => {
  const { told } = await boards();
  expect(await told('U3', 'help')).toContain('Plans are approved on the board only');
});

test('the same words that come twice count once', async () => {
  const { store, told, asked } = await boards();
  await told('U1', 'stop 12');
  const [stop] = await store.messages.unrouted(1);
  expect(stop?.dedupeKey).toMatch(/^said:default:CACME:/);
  expect(await asked()).toHaveLength(1);
});
