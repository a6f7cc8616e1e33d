import { expect, test } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import type { MessageDraft, Sender } from '../../src/broker/message.ts';
import { postStatus } from '../../src/supervisor/status-post.ts';
import { newWorkItem } from '../../src/work-items/work-item.ts';
import { session } from '../store/fixture.ts';
import { codeChangeAgent } from '../turns/turn.ts';
import { inReview } from '../work-items/fixture.ts';
import { runningTurn } from './node.ts';

async function posted(slack: Record<string, unknown> | undefined, item = { ...inReview, since: 7 }, locations = {}) {
  const sent: { draft: MessageDraft; from: Sender; causedBy: string | undefined }[] = [];
  const broker: Pick<Broker, 'publish'> = {
    publish: async (draft, from, causedBy) => void sent.push({ draft, from, causedBy }),
  };
  const agent = { ...codeChangeAgent(slack ? { slack } : {}), locations };
  const turn = runningTurn({ agent });
  await postStatus(broker, turn, item);
  return sent;
}

test('the status channel gets a message in the name of the session, one per visit of a phase', async () => {
  const [post, ...more] = await posted({ channels: [], statusChannel: 'C7' });
  expect(more).toEqual([]);
  expect(post).toMatchObject({
    draft: { to: 'slack/default/C7', command: 'slack.send_message', dedupeKey: 'status:pr-created:7' },
    from: { kind: 'agent', ...session },
    causedBy: undefined,
  });
  expect(await posted({ channels: [], app: 'acme', statusChannel: 'C7' })).toMatchObject([
    { draft: { to: 'slack/acme/C7' } },
  ]);
});

test('without such a channel, and before an item is taken up, no message is sent', async () => {
  expect(await posted({ channels: ['C1'] })).toEqual([]);
  expect(await posted(undefined)).toEqual([]);
  expect(await posted({ channels: [], statusChannel: 'C7' }, { ...newWorkItem(12, 'a', 'Bug'), since: 7 })).toEqual([]);
});

test('it says where to find the work item, its pull request and, once it was deployed, the instance', async () => {
  const places = { organization: 'acme', project: 'Shop', instanceUrl: 'https://shop.example' };
  const [post] = await posted({ channels: [], statusChannel: 'C7' }, { ...inReview, since: 7 }, places);
  const { text } = (post?.draft.payload ?? {}) as { text: string };
  expect(text.split('\n').slice(-2)).toEqual([
    expect.stringMatching(/^Work item: https:\/\/.*\/_workitems\/edit\/12$/),
    'Pull request: https://code.example/4',
  ]);
});
