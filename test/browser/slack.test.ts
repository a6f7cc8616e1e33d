/** The pages of the Slack emulator as a person has them: words come by themselves, and nothing that is being written is lost. */
import { SocketModeClient } from '@slack/socket-mode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silent, startSlack } from '../emulators/slack/world.ts';
import { type Browser, follow, openBrowser } from './chromium.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const channel = 'C0ACMESUP';
const why = {
  type: 'modal',
  title: { type: 'plain_text', text: 'Reject the plan' },
  submit: { type: 'plain_text', text: 'Send' },
} as const;
const reason = {
  type: 'input',
  block_id: 'reason',
  label: { type: 'plain_text', text: 'Why?' },
  element: { type: 'plain_text_input', action_id: 'text', multiline: true },
} as const;
const reject = { type: 'button', action_id: 'reject', text: { type: 'plain_text', text: 'Reject' } } as const;

test('a person asks, gets an answer, and rejects a plan in a modal', async () => {
  const world = await startSlack({ times: { retryMs: [] } });
  const bot = world.bot();
  const app = new SocketModeClient({
    appToken: world.slack.app().appToken,
    clientOptions: { slackApiUrl: world.apiUrl },
    logger: silent,
    autoReconnectEnabled: false,
  });
  const reasons: string[] = [];
  app.on('slack_event', async ({ ack, body }) => {
    await ack();
    if (body.event?.type === 'app_mention') {
      const blocks = [
        { type: 'markdown', text: 'The **plan**' },
        { type: 'actions', elements: [reject] },
      ] as const;
      await bot.chat.postMessage({ channel, thread_ts: body.event.ts, text: 'The plan', blocks: [...blocks] });
    }
    if (body.type === 'block_actions') {
      await bot.views.open({ trigger_id: body.trigger_id, view: { ...why, blocks: [reason] } });
    }
    if (body.type === 'view_submission') reasons.push(body.view.state.values.reason.text.value);
  });
  await app.start();

  const page = await browser.context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  await page.goto(world.url);
  await page.getByLabel('Message as Erin Engineer').fill('@agent the plan, please');
  await follow(page.getByRole('button', { name: 'Send' }));
  await follow(page.getByRole('link', { name: '1 reply' }));
  await page.getByLabel('Message as Erin Engineer').fill('half written');
  await page.getByRole('button', { name: 'Reject' }).click();
  await page.getByRole('dialog', { name: 'Reject the plan' }).getByLabel('Why?').fill('Too large');
  world.person('oscar').say('acme-support', 'me too', { thread: world.person('erin').messages(channel)[0]?.ts ?? '' });
  await page.getByRole('log').getByText('me too').waitFor();
  expect(await page.getByLabel('Message as Erin Engineer').inputValue()).toBe('half written');
  expect(await page.getByLabel('Why?').inputValue()).toBe('Too large');
  await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(reasons).toEqual(['Too large']);
  expect(faults).toEqual([]);
  await page.close();
});
