/** What people write in Slack reaches the right session once, whatever happens on the way. */
import { expect, test, vi } from 'vitest';
import { envOf, slackWorld } from './slack-world.ts';

const within = { timeout: 60_000, interval: 50 };

test('two threads at once never mix, and each message is marked as heard before any turn', async () => {
  const { start, slack, person, given } = await slackWorld();
  await start();
  await slack.connected();
  const erin = person('erin');
  const one = erin.say('acme-support', '@agent one');
  const two = erin.say('acme-support', '@agent two');
  const marked = (ts: string) =>
    erin.messages('acme-support', { thread: ts })[0]?.reactions?.some(({ name }) => name === 'eyes');
  await vi.waitUntil(() => marked(one) && marked(two), within);
  person('oscar').say('acme-support', '@agent two again', { thread: two });
  erin.say('acme-support', 'one again', { thread: one });
  const sessionOf = (ts: string) => `slack-t0jvagent-c0acmesup-${ts.replace('.', '-')}`;
  await expect
    .poll(() => given('support/acme'), within)
    .toEqual([
      ...[`${sessionOf(one)} <@U0JVAGENT> one`, `${sessionOf(one)} one again`],
      ...[`${sessionOf(two)} <@U0JVAGENT> two`, `${sessionOf(two)} <@U0JVAGENT> two again`],
    ]);
});

test('what is said in a channel reaches only agents of that channel, and each app only its own workspace', async () => {
  const { start, slack, person, words } = await slackWorld();
  await start();
  await Promise.all([slack.connected(), slack.connected(1, 'globex')]);
  person('erin').say('acme-support', '@agent of acme');
  person('pat').say('product', '@agent docs: of the product');
  person('U0GLXERIN').say('help', '@agent of globex');
  await expect.poll(() => words('support/acme'), within).toEqual(['of acme']);
  await expect.poll(() => words('docs'), within).toEqual(['docs: of the product']);
  await expect.poll(() => words('support/globex'), within).toEqual(['of globex']);
  await slack.idle();
  expect(await words('support/acme')).toEqual(['of acme']);
});

test('an event that comes late, twice, and again is handled once', async () => {
  const { start, slack, person, words } = await slackWorld();
  await start();
  await slack.connected();
  slack.misbehave({ timetable: (nth) => (nth % 2 === 0 ? [0, 50, 300] : [200, 0]) });
  const root = person('erin').say('acme-support', '@agent first');
  person('erin').say('acme-support', 'second', { thread: root });
  await slack.idle();
  await expect.poll(async () => (await words('support/acme')).toSorted(), within).toEqual(['first', 'second']);
  expect(slack.deliveries().length).toBeGreaterThan(4);
});

test('the same event by socket and by hook is handled once, and a hook is answered as Slack wants', async () => {
  const { start, slack, person, words, hookUrl } = await slackWorld({ receives: 'both' });
  await start();
  await slack.connected();
  person('erin').say('acme-support', '@agent by socket');
  await expect.poll(() => words('support/acme'), within).toEqual(['by socket']);
  await slack.setRequestUrl(hookUrl);
  person('erin').say('acme-support', '@agent by hook');
  await expect.poll(() => words('support/acme'), within).toEqual(['by socket', 'by hook']);
  await slack.idle();
  expect(slack.deliveries().every(({ isDone }) => isDone)).toBe(true);
});

test('an app without a socket hears by hooks alone', async () => {
  const { start, slack, person, words, hookUrl, stateOf } = await slackWorld({ receives: 'hooks' });
  await start();
  await expect.poll(async () => (await stateOf('default'))?.state, within).toBe('connected');
  expect(slack.connections()).toBe(0);
  await slack.setRequestUrl(hookUrl);
  person('erin').say('acme-support', '@agent hello');
  await expect.poll(() => words('support/acme'), within).toEqual(['hello']);
});

test.each(['refresh_requested', 'link_disabled', 'cut'] as const)(
  'after %s nothing is lost and nothing comes twice',
  async (how) => {
    const { start, slack, person, words } = await slackWorld();
    await start();
    await slack.connected();
    const erin = person('erin');
    const root = erin.say('acme-support', '@agent 0');
    await expect.poll(() => words('support/acme'), within).toEqual(['0']);
    for (const n of [1, 2, 3]) {
      if (how === 'cut') slack.cut();
      else slack.disconnect(how);
      erin.say('acme-support', `${n}`, { thread: root });
    }
    await slack.connected();
    await expect.poll(() => words('support/acme'), within).toEqual(['0', '1', '2', '3']);
  },
);

test('what was written while the platform was down is heard after its start, in channels and in threads', async () => {
  const { start, slack, person, words } = await slackWorld();
  const before = await start();
  await slack.connected();
  const erin = person('erin');
  const root = erin.say('acme-support', '@agent before');
  await expect.poll(() => words('support/acme'), within).toEqual(['before']);
  await before.stop();
  // None of these events is ever brought.
  slack.misbehave({ timetable: () => [] });
  erin.say('acme-support', 'meanwhile', { thread: root });
  erin.say('acme-support', '@agent a new one');
  await start();
  await expect.poll(() => words('support/acme'), within).toEqual(['before', 'meanwhile', 'a new one']);
});

test('a refused token stops its app alone and says so; a new one in the file brings it back', async () => {
  const { start, slack, person, words, stateOf, write } = await slackWorld();
  slack.refuseTokens('invalid_auth', 'globex');
  await start();
  await slack.connected();
  await expect
    .poll(() => stateOf('globex'), within)
    .toMatchObject({
      state: 'dead',
      fault: {
        refused: 'OUTSIDE_AUTH',
        why: expect.stringContaining('invalid_auth'),
        fix: expect.stringContaining('slack/globex.env'),
      },
    });
  person('erin').say('acme-support', '@agent hello');
  await expect.poll(() => words('support/acme'), within).toEqual(['hello']);
  slack.refuseTokens(undefined, 'globex');
  write(
    'slack/globex.env',
    `${envOf(slack.app('globex'))}# renewed\nSLACK_SIGNING_SECRET=${slack.app('globex').signingSecret}\n`,
  );
  await slack.connected(1, 'globex');
  await expect.poll(async () => (await stateOf('globex'))?.state, within).toBe('connected');
});

test.each(['tokens_revoked', undefined])(
  'a token that is revoked while connected stops its app, told by %s',
  async (type) => {
    const { start, slack, stateOf } = await slackWorld();
    await start();
    await slack.connected();
    await expect.poll(async () => (await stateOf('default'))?.state, within).toBe('connected');
    slack.refuseTokens('account_inactive');
    if (type) slack.send({ type, event_ts: '1.1' });
    else slack.disconnect('refresh_requested');
    await expect.poll(() => stateOf('default'), within).toMatchObject({ state: 'dead', team: 'T0JVAGENT' });
  },
);

test('where several agents are heard the bot asks with buttons, and a press gives the message to one', async () => {
  const { start, slack, person, words } = await slackWorld();
  await start();
  await slack.connected();
  const pat = person('pat');
  const root = pat.say('product', '@agent how does it work?');
  const asked = await vi.waitUntil(() => pat.messages('product', { thread: root })[1], within);
  expect(asked.text).toContain('Which agent do you mean?');
  const buttons = JSON.stringify(asked.blocks).match(/"action_id":"jv:choose[^"]*"/g) ?? [];
  expect(buttons).toHaveLength(2);
  await pat.click(asked.ts, JSON.parse(`{${buttons[0]}}`).action_id);
  await expect
    .poll(async () => [...(await words('docs')), ...(await words('support/acme'))], within)
    .toEqual(['how does it work?']);
  await expect.poll(() => pat.messages('product', { thread: root })[1]?.text, within).toContain('chose');
});

test('a shared channel, a channel of no agent, and bots stay unheard', async () => {
  const { start, slack, person, words, store, bot } = await slackWorld();
  await start();
  await slack.connected();
  await bot('build').chat.postMessage({ channel: 'C0ACMESUP', text: '<@U0JVAGENT> build 7 failed' });
  const leads = person('erin').say('leads', '@agent anybody?');
  await vi.waitUntil(() => person('erin').messages('leads', { thread: leads })[1], within);
  person('erin').say('acme-support', '@agent hello');
  await expect.poll(() => words('support/acme'), within).toEqual(['hello']);
  expect(await store.inbox.open(['default'], 10)).toEqual([]);
});
