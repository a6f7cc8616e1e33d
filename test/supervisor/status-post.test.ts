import { expect, test } from 'vitest';
import type { OutboxWish } from '../../src/conversations/outgoing.ts';
import type { Outbox } from '../../src/store/conversations/outbox.ts';
import { postStatus } from '../../src/supervisor/status-post.ts';
import { newWorkItem, type WorkItem } from '../../src/work-items/work-item.ts';
import { session } from '../store/fixture.ts';
import { codeChangeAgent } from '../turns/turn.ts';
import { approval, executing, inReview, planReady, postedPlan } from '../work-items/fixture.ts';
import { runningTurn } from './node.ts';

async function posted(
  slack: Record<string, unknown> | undefined,
  item: WorkItem = { ...inReview, since: 7 },
  locations = {},
) {
  const sent: { wish: OutboxWish; settledBy: string }[] = [];
  const outbox: Pick<Outbox, 'tell'> = {
    tell: async (wish, settledBy) => {
      sent.push({ wish, settledBy });
      return 'o1';
    },
  };
  const agent = { ...codeChangeAgent(slack ? { slack } : {}), locations };
  await postStatus({ store: { outbox }, clock: { now: () => 0 } }, runningTurn({ agent }), item);
  return sent;
}

test('the status channel gets a message in the name of the session, one per visit of a phase', async () => {
  const [post, ...more] = await posted({ channels: [], statusChannel: 'C7' });
  expect(more).toEqual([]);
  expect(post?.wish).toMatchObject({ ...session, by: 'agent', place: { app: 'default', channel: 'C7' } });
  expect(post?.wish.key).toBe('status:codechange/acme:wi-12:pr-created:7:');
  expect(await posted({ channels: [], app: 'acme', statusChannel: 'C7' })).toMatchObject([
    { wish: { place: { app: 'acme' } } },
  ]);
});

test('without such a channel, and before an item is taken up, no message is sent', async () => {
  expect(await posted({ channels: ['C1'] })).toEqual([]);
  expect(await posted(undefined)).toEqual([]);
  expect(await posted({ channels: [], statusChannel: 'C7' }, { ...newWorkItem(12, 'a', 'Bug'), since: 7 })).toEqual([]);
});

const people = { U1: { person: 'erin@acme.example.com', may: ['reject'] } };

test('below a plan that waits people can ask for changes, reject it or stop the item, and never approve it', async () => {
  const waiting = { ...planReady, since: 7 };
  const [post] = await posted({ channels: [], statusChannel: 'C7', people }, waiting, {
    organization: 'a',
    project: 'b',
  });
  const body = { workItemId: 12, hash: postedPlan.hash };
  expect(post?.wish.buttons).toMatchObject([
    { label: 'Request changes', body },
    { label: 'Reject', body },
    { label: 'Stop', body },
  ]);
  expect(post?.wish.what).toMatchObject({
    links: [{ label: 'Review and approve', url: expect.stringContaining('/12') }],
  });
  const [silent] = await posted({ channels: [], statusChannel: 'C7' }, waiting);
  expect(silent?.wish.buttons).toEqual([]);
});

test('once the item went on, the plan says who approved it on the board', async () => {
  const [post] = await posted({ channels: [], statusChannel: 'C7', people }, { ...executing, since: 8 });
  expect(post?.wish.buttons).toEqual([]);
  expect(post?.settledBy).toBe(`**Approved** on the work item by ${approval.by.name}.`);
});

test('it says where to find the work item, its pull request and, once it was deployed, the instance', async () => {
  const places = { organization: 'acme', project: 'Shop', instanceUrl: 'https://shop.example' };
  const [post] = await posted({ channels: [], statusChannel: 'C7' }, { ...inReview, since: 7 }, places);
  const { text = '' } = { ...post?.wish.what } as { text?: string };
  expect(text.split('\n').slice(-2)).toEqual([
    expect.stringMatching(/^Work item: https:\/\/.*\/_workitems\/edit\/12$/),
    'Pull request: https://code.example/4',
  ]);
});
