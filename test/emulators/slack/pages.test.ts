import { SocketModeClient } from '@slack/socket-mode';
import { expect, test } from 'vitest';
import { silent, startSlack } from './world.ts';

const channel = 'C0ACMESUP';
const actions = {
  type: 'actions',
  elements: [
    { type: 'button', action_id: 'reject', text: { type: 'plain_text', text: 'Reject' }, style: 'danger' },
    { type: 'button', action_id: 'look', text: { type: 'plain_text', text: 'Look' }, url: 'http://127.0.0.1:1/item' },
  ],
} as const;

async function startPages() {
  const world = await startSlack({ times: { retryMs: [] } });
  let cookie = '';
  const ask = async (path: string, form?: Record<string, string> | FormData) => {
    const body = form && (form instanceof FormData ? form : new URLSearchParams(form));
    const init = body ? ({ method: 'POST', body } as const) : {};
    const headers = { cookie, origin: world.url };
    const answer = await fetch(world.url + path, { ...init, headers, redirect: 'manual' });
    cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    return { status: answer.status, to: answer.headers.get('location') ?? '', text: await answer.text(), answer };
  };
  return { ...world, ask };
}

test('a person chats in a channel and its threads, as whom they choose', async () => {
  const { ask, person, bot } = await startPages();
  expect((await ask('/')).to).toBe(`/c/${channel}`);
  expect((await ask(`/c/${channel}/say`, { text: '@agent <b>hello</b>' })).status).toBe(303);
  const [said] = person('erin').messages('acme-support');
  expect(said).toMatchObject({ user: 'U0ACMEERIN', text: '<@U0JVAGENT> &lt;b&gt;hello&lt;/b&gt;' });
  const text = 'It is on `page 3`, *see* <https://example.com/x|the page>';
  await bot().chat.postMessage({ channel, thread_ts: said?.ts ?? '', text });
  const list = await ask(`/c/${channel}`);
  expect(list.text).toContain('@Agent</span> &lt;b&gt;hello&lt;/b&gt;');
  expect(list.text).toContain('1 reply');
  const thread = await ask(`/c/${channel}/t/${said?.ts}`);
  expect(thread.text).toContain('<code>page 3</code>, <strong>see</strong>');
  expect(thread.text).toContain('<a href="https://example.com/x" rel="noreferrer">the page</a>');

  await ask('/acting', { person: 'U0ACMEOSCAR' });
  expect((await ask(`/c/${channel}/t/${said?.ts}/say`, { text: 'Thanks' })).to).toBe(`/c/${channel}/t/${said?.ts}`);
  expect(
    person('oscar')
      .messages('acme-support', { thread: said?.ts ?? '' })
      .at(-1),
  ).toMatchObject({
    user: 'U0ACMEOSCAR',
    text: 'Thanks',
  });
  await ask('/acting', { person: 'U0GLOBERIN' });
  expect((await ask(`/c/${channel}`)).to).toBe('/');
});

test('a button opens a modal, and the modal is sent', async () => {
  const { ask, slack, apiUrl, bot } = await startPages();
  const clientOptions = { slackApiUrl: apiUrl };
  const { appToken } = slack.app();
  const app = new SocketModeClient({ appToken, clientOptions, logger: silent, autoReconnectEnabled: false });
  const submissions: unknown[] = [];
  app.on('slack_event', async ({ ack, body }) => {
    if (body.type === 'view_submission') submissions.push(body.view.state.values);
    await ack();
    if (body.type !== 'block_actions') return;
    const element = { type: 'plain_text_input', action_id: 'text', multiline: true } as const;
    const label = { type: 'plain_text', text: 'Why?' } as const;
    await bot().views.open({
      trigger_id: body.trigger_id,
      view: {
        type: 'modal',
        title: { type: 'plain_text', text: 'Reject the plan' },
        submit: { type: 'plain_text', text: 'Reject' },
        blocks: [{ type: 'input', block_id: 'reason', label, element }],
      },
    });
  });
  await app.start();
  const blocks = [{ type: 'markdown', text: '## Plan\n\n- one' }, actions] as const;
  const { ts = '' } = await bot().chat.postMessage({ channel, text: 'Plan', blocks: [...blocks] });
  const page = await ask(`/c/${channel}`);
  expect(page.text).toContain('<h4>Plan</h4>');
  expect(page.text).toContain('href="http://127.0.0.1:1/item"');
  expect((await ask(`/c/${channel}/m/${ts}/click`, { action: 'reject' })).status).toBe(303);
  await expect.poll(async () => (await ask(`/c/${channel}`)).text).toContain('Reject the plan');
  const view = /action="\/views\/(\w+)\/submit"/.exec((await ask(`/c/${channel}`)).text)?.[1];
  await ask(`/views/${view}/submit`, { text: 'Too large', _back: `/c/${channel}` });
  expect(submissions).toEqual([{ reason: { text: { type: 'plain_text_input', value: 'Too large' } } }]);
  expect((await ask(`/c/${channel}`)).text).not.toContain('Reject the plan');
  slack.cut();
  const late = await ask(`/c/${channel}/m/${ts}/click`, { action: 'reject' });
  expect([late.status, late.text.includes('did not answer')]).toEqual([400, true]);
});

test('files go up from the page, and open for those who may see them', async () => {
  const { ask, person } = await startPages();
  const form = new FormData();
  form.set('text', 'look');
  form.set('files', new File(['<script>alert(1)</script>'], 'a.txt'));
  await ask(`/c/${channel}/say`, form);
  const [said] = person('erin').messages('acme-support');
  const path = new URL(said?.files?.[0]?.url_private ?? '').pathname;
  expect((await ask(`/c/${channel}`)).text).toContain(`href="${path}"`);
  const opened = await ask(path);
  expect(opened.text).toBe('<script>alert(1)</script>');
  expect(opened.answer.headers.get('content-type')).toContain('text/plain');
  await ask('/acting', { person: 'U0GLOBERIN' });
  expect((await ask(path)).text).toContain('Sign in');
});

test('what an agent writes is shown as text, and a form of another site does nothing', async () => {
  const { ask, bot, url, person } = await startPages();
  await bot().chat.postMessage({ channel, text: '<javascript:alert(1)|x> "><img src=x>' });
  await bot().chat.postMessage({ channel, markdown_text: '<img src=x onerror=alert(1)> [x](javascript:alert(1))' });
  const { text, answer } = await ask(`/c/${channel}`);
  expect(text).not.toMatch(/<img|href="javascript/);
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  const body = new URLSearchParams({ text: 'forged' });
  const forged = await fetch(`${url}/c/${channel}/say`, {
    method: 'POST',
    body,
    headers: { origin: 'http://evil.test' },
  });
  expect(forged.status).not.toBe(200);
  expect(person('erin').messages('acme-support')).toHaveLength(2);
});

test('a person sees that an agent works, and stops it', async () => {
  const { ask, bot, person, slack } = await startPages();
  const ts = person('erin').say('acme-support', 'go');
  await bot().agents.sessions.setStatus({ channel_id: channel, thread_ts: ts, status: 'processing', title: 'Plan' });
  expect((await ask(`/c/${channel}/t/${ts}`)).text).toContain('Plan: processing');
  await ask(`/c/${channel}/t/${ts}/stop`, {});
  expect(slack.deliveries().at(-1)).toMatchObject({ type: 'agent_session_stopped' });
  await ask(`/c/${channel}/m/${ts}/react`, { name: 'x' });
  expect(person('erin').messages('acme-support')[0]?.reactions).toMatchObject([{ name: 'x', count: 1 }]);
});
