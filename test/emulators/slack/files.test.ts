import { expect, test } from 'vitest';
import { errorOf, startSlack } from './world.ts';

const channel = 'C0ACMESUP';

test('a file goes up in three steps and stands in its thread', async () => {
  const { bot, person, slack } = await startSlack();
  const erin = person('erin');
  const root = erin.say('acme-support', 'Show me the plan');
  const upload = { channel_id: channel, thread_ts: root, filename: 'plan.md', title: 'Plan', initial_comment: 'Here' };
  await bot().filesUploadV2({ ...upload, content: '# Plan\n' });
  const [, shared] = erin.messages('acme-support', { thread: root });
  expect(shared).toMatchObject({ subtype: 'file_share', text: 'Here', thread_ts: root, user: 'U0JVAGENT' });
  const [file] = shared?.files ?? [];
  expect(file).toMatchObject({
    name: 'plan.md',
    title: 'Plan',
    mimetype: 'text/markdown',
    size: 7,
    channels: [channel],
  });
  const info = await bot().files.info({ file: file?.id ?? '' });
  expect(info.file?.shares?.public?.[channel]).toMatchObject([{ ts: shared?.ts, thread_ts: root }]);
  const read = async (token: string) => {
    const answer = await fetch(file?.url_private_download ?? '', { headers: { authorization: `Bearer ${token}` } });
    return answer.text();
  };
  expect(await read(slack.app().botToken)).toBe('# Plan\n');
  expect(await read(slack.app('globex').botToken)).toContain('Sign in');
});

test('the bot reads a file that a person shared, where it was shared', async () => {
  const { bot, person, slack } = await startSlack();
  const files = [{ name: 'screen.png', content: new Uint8Array([1, 2, 3]) }];
  person('erin').say('acme-support', 'look', { files });
  person('erin').say('random', 'look', { files });
  const [seen, hidden] = [person('erin').messages('acme-support')[0], person('erin').messages('random')[0]];
  const headers = { authorization: `Bearer ${slack.app().botToken}` };
  const answer = await fetch(seen?.files?.[0]?.url_private_download ?? '', { headers });
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(new Uint8Array([1, 2, 3]));
  expect(await errorOf(bot().files.info({ file: hidden?.files?.[0]?.id ?? '' }))).toBe('file_not_found');
});

test('an upload that is incomplete or has a markdown block is refused', async () => {
  const { bot } = await startSlack();
  const { file_id = '' } = await bot().files.getUploadURLExternal({ filename: 'a.txt', length: 3 });
  const complete = (more: object) =>
    errorOf(bot().apiCall('files.completeUploadExternal', { files: [{ id: file_id }], channel_id: channel, ...more }));
  expect(await complete({})).toBe('file_not_found');
  const { upload_url = '', file_id: second = '' } = await bot().files.getUploadURLExternal({
    filename: 'b.txt',
    length: 3,
  });
  expect(await (await fetch(upload_url, { method: 'POST', body: 'abc' })).text()).toBe('OK - 3');
  const files = [{ id: second }];
  expect(await complete({ files, blocks: [{ type: 'markdown', text: 'x' }] })).toBe('internal_error');
  expect(await complete({ files, thread_ts: '1700000000.000001' })).toBe('thread_not_found');
});

test('the line about an agent ends with its message, and its stop button tells it', async () => {
  const { bot, person, slack } = await startSlack({ times: { retryMs: [] } });
  const erin = person('erin');
  const root = erin.say('acme-support', 'go');
  const place = { channel_id: channel, thread_ts: root };
  await bot().assistant.threads.setStatus({ ...place, status: 'is thinking...' });
  await bot().agents.sessions.setStatus({ ...place, status: 'processing', title: 'The plan' });
  const [session] = slack.state.sessions.values();
  expect(session).toMatchObject({ line: 'is thinking...', status: 'processing', title: 'The plan', thread: root });
  erin.stop('acme-support', root);
  await slack.idle();
  expect(slack.deliveries().at(-1)).toMatchObject({ type: 'agent_session_stopped', app: 'default' });
  await bot().chat.postMessage({ channel, thread_ts: root, text: 'Stopped.' });
  expect(session?.line).toBe('');
  await bot().agents.sessions.rename({ ...place, title: 'Plan 7' });
  await bot().agents.sessions.setStatus({ ...place, status: 'closed' });
  expect(session).toMatchObject({ title: 'Plan 7', status: 'closed' });
  expect(await errorOf(bot().agents.sessions.setStatus({ ...place, status: 'busy' }))).toBe('invalid_arguments');
});

test('a streamed message grows and then ends', async () => {
  const { bot, person } = await startSlack();
  const root = person('erin').say('acme-support', 'go');
  const recipient = { recipient_user_id: 'U0ACMEERIN', recipient_team_id: 'T0JVAGENT' };
  const stream = bot().chatStream({ channel, thread_ts: root, ...recipient, buffer_size: 1 });
  await stream.append({ markdown_text: '**One** ' });
  await stream.append({ markdown_text: 'two' });
  await stream.stop({ markdown_text: ' three' });
  const [, message] = person('erin').messages('acme-support', { thread: root });
  expect(message).toMatchObject({ text: '**One** two three', streaming_state: 'completed' });
  const late = bot().chat.appendStream({ channel, ts: message?.ts ?? '', markdown_text: 'four' });
  expect(await errorOf(late)).toBe('message_not_in_streaming_state');
  const nobody = bot().chat.startStream({ channel, thread_ts: root, markdown_text: 'x' });
  expect(await errorOf(nobody)).toBe('missing_recipient_user_id');
});
