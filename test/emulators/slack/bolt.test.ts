import { createServer } from 'node:http';
import { App, HTTPReceiver, SocketModeReceiver } from '@slack/bolt';
import { expect, onTestFinished, test, vi } from 'vitest';
import { silent, startSlack } from './world.ts';

const support = 'acme-support';
const within = { timeout: 60_000 };
const button = {
  type: 'button',
  text: { type: 'plain_text', text: 'Reject' },
  action_id: 'reject',
  value: 'row-7',
} as const;
const modal = {
  type: 'modal',
  callback_id: 'why',
  private_metadata: 'row-7',
  title: { type: 'plain_text', text: 'Reject the plan' },
  submit: { type: 'plain_text', text: 'Reject' },
  blocks: [
    {
      type: 'input',
      block_id: 'reason',
      label: { type: 'plain_text', text: 'Why?' },
      element: { type: 'plain_text_input', action_id: 'text', multiline: true },
    },
  ],
} as const;

type World = Awaited<ReturnType<typeof startSlack>>;

/** What any app on Bolt does here: it answers mentions, shows a button, and asks why in a modal. */
function behave(app: App): void {
  app.event('app_mention', async ({ event, say }) => {
    const blocks = [
      { type: 'markdown', text: `**Hello** <@${event.user}>` },
      { type: 'actions', block_id: 'row', elements: [button] },
    ] as const;
    await say({ text: 'Hello', blocks: [...blocks], thread_ts: event.ts });
  });
  app.action('reject', async ({ ack, body, client }) => {
    await ack();
    if (body.type !== 'block_actions') return;
    await client.views.open({ trigger_id: body.trigger_id, view: { ...modal, blocks: [...modal.blocks] } });
  });
  app.view('why', async ({ ack, view, client, body }) => {
    const why = view.state.values.reason?.text?.value ?? '';
    if (!why) return ack({ response_action: 'errors', errors: { reason: 'Please say why.' } });
    await ack();
    await client.chat.postMessage({ channel: 'C0ACMESUP', text: `Rejected by <@${body.user.id}>: ${why}` });
  });
}

async function talk({ person, slack }: World): Promise<void> {
  const erin = person('erin');
  const root = erin.say(support, '@agent is the plan good?');
  const reply = await vi.waitUntil(() => erin.messages(support, { thread: root })[1], within);
  expect(reply).toMatchObject({ user: 'U0JVAGENT', text: 'Hello', thread_ts: root });
  await slack.idle();

  await erin.click(reply.ts, 'reject');
  const view = await vi.waitUntil(() => erin.views()[0], within);
  await erin.submit(view, { text: '' });
  expect(erin.views()[0]?.errors).toEqual({ reason: 'Please say why.' });
  await erin.submit(view, { text: 'Too large.' });
  expect(erin.views()).toEqual([]);
  const last = () => erin.messages(support).at(-1)?.text;
  await vi.waitUntil(() => last() === 'Rejected by <@U0ACMEERIN>: Too large.', within);
}

test('an app on Bolt talks by Socket Mode', async () => {
  const world = await startSlack();
  const { appToken, botToken } = world.slack.app();
  const clientOptions = { slackApiUrl: world.apiUrl };
  const receiver = new SocketModeReceiver({ appToken, logger: silent, installerOptions: { clientOptions } });
  const app = new App({ token: botToken, receiver, clientOptions, logger: silent });
  behave(app);
  await app.start();
  onTestFinished(async () => {
    await app.stop();
  });
  await talk(world);
});

test('an app on Bolt talks by signed requests', async () => {
  const world = await startSlack();
  const { signingSecret, botToken } = world.slack.app();
  const receiver = new HTTPReceiver({ signingSecret, logger: silent });
  const app = new App({ token: botToken, receiver, clientOptions: { slackApiUrl: world.apiUrl }, logger: silent });
  behave(app);
  const server = createServer((request, response) => receiver.requestListener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  await world.slack.setRequestUrl(`http://127.0.0.1:${address.port}/slack/events`);
  await talk(world);
});
