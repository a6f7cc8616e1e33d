import { SocketModeClient } from '@slack/socket-mode';
import { expect, test } from 'vitest';
import { errorOf, silent, startSlack } from './world.ts';

const channel = 'C0ACMESUP';
const button = {
  type: 'button',
  action_id: 'stop',
  value: 'row-1',
  text: { type: 'plain_text', text: 'Stop' },
} as const;
const blocks = [{ type: 'actions', block_id: 'row', elements: [button] }] as const;
const view = {
  type: 'modal',
  title: { type: 'plain_text', text: 'Why' },
  blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'Because' } }],
} as const;

/** An app that keeps what people press. */
async function startApp(clock = { now: () => Date.now(), sleep: async () => {} }) {
  const world = await startSlack({ clock, times: { ackMs: 200, retryMs: [] } });
  const { appToken } = world.slack.app();
  const clientOptions = { slackApiUrl: world.apiUrl };
  const app = new SocketModeClient({ appToken, clientOptions, logger: silent, autoReconnectEnabled: false });
  // biome-ignore lint/suspicious/noExplicitAny: interactions of any shape
  const pressed: any[] = [];
  let takes = true;
  app.on('slack_event', async ({ ack, body }) => {
    if (body.type === 'block_actions') pressed.push(body);
    if (takes) await ack();
  });
  await app.start();
  const { ts = '' } = await world.bot().chat.postMessage({ channel, text: 'Working', blocks: [...blocks] });
  const later = async (body: object, url: string = pressed.at(-1).response_url) => {
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    return (await answer.json()) as { ok: boolean; error?: string };
  };
  return { ...world, pressed, ts, later, ignore: () => (takes = false) };
}

test('a press says who pressed what, where, and with which value', async () => {
  const { person, pressed, ts } = await startApp();
  await person('oscar').click(ts, 'stop');
  expect(pressed).toMatchObject([
    {
      type: 'block_actions',
      user: { id: 'U0ACMEOSCAR', team_id: 'T0JVAGENT' },
      api_app_id: 'A0JVAGENT',
      container: { type: 'message', message_ts: ts, channel_id: channel },
      channel: { id: channel, name: 'acme-support' },
      message: { ts, text: 'Working' },
      actions: [{ type: 'button', action_id: 'stop', block_id: 'row', value: 'row-1' }],
    },
  ]);
  await expect(person('erin.globex').click(ts, 'stop')).rejects.toThrow('sees no message');
  await expect(person('oscar').click(ts, 'approve')).rejects.toThrow('no approve');
});

test('a press that the app does not take fails for the person, and does not come again', async () => {
  const { person, pressed, ts, ignore } = await startApp();
  ignore();
  await expect(person('erin').click(ts, 'stop')).rejects.toThrow('did not answer');
  expect(pressed).toHaveLength(1);
});

test('an app answers a press later, five times within half an hour', async () => {
  let now = 1_800_000_000_000;
  const { person, ts, later } = await startApp({ now: () => now, sleep: async () => {} });
  const erin = person('erin');
  await erin.click(ts, 'stop');
  expect(await later({ text: 'You may not do that.' })).toEqual({ ok: true });
  expect(erin.messages(channel).at(-1)).toMatchObject({ text: 'You may not do that.', isEphemeral: true });
  expect(await later({ text: 'Stopped by Erin', replace_original: true })).toEqual({ ok: true });
  expect(erin.messages(channel)[0]).toMatchObject({ ts, text: 'Stopped by Erin' });
  await expect(erin.click(ts, 'stop')).rejects.toThrow('no stop');
  for (let n = 0; n < 3; n += 1) await later({ text: 'more' });
  expect(await later({ text: 'too much' })).toEqual({ ok: false, error: 'used_url' });
  now += 31 * 60_000;
  expect(await later({ text: 'late' })).toEqual({ ok: false, error: 'expired_url' });
});

test('a trigger opens one modal, soon', async () => {
  let now = 1_800_000_000_000;
  const { person, pressed, ts, bot } = await startApp({ now: () => now, sleep: async () => {} });
  const erin = person('erin');
  await erin.click(ts, 'stop');
  const open = (trigger_id: string, more: object = {}) =>
    bot().views.open({ trigger_id, view: { ...view, blocks: [...view.blocks], ...more } });
  const trigger: string = pressed[0].trigger_id;
  expect(await errorOf(bot('build').views.open({ trigger_id: trigger, view: { ...view, blocks: [] } }))).toBe(
    'invalid_trigger_id',
  );
  expect(await errorOf(open(trigger, { title: { type: 'plain_text', text: 'x'.repeat(25) } }))).toBe(
    'invalid_arguments',
  );
  const { view: opened } = await open(trigger);
  expect(erin.views()).toMatchObject([{ id: opened?.id, user: 'U0ACMEERIN' }]);
  expect(await errorOf(open(trigger))).toBe('exchanged_trigger_id');
  await bot().views.update({
    view_id: opened?.id ?? '',
    view: { ...view, title: { type: 'plain_text', text: 'Next' }, blocks: [] },
  });
  expect(erin.views()[0]?.view.title.text).toBe('Next');
  await erin.close(opened?.id ?? '');
  expect(erin.views()).toEqual([]);
  await erin.click(ts, 'stop');
  now += 4_000;
  expect(await errorOf(open(pressed[1].trigger_id))).toBe('expired_trigger_id');
});
