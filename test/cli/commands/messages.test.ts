/** A message that reached nobody is not lost: a person sees it, and sends it again once its agent is there. */
import { expect, test } from 'vitest';
import { messageFor } from '../../store/fixture.ts';
import { acme, createCliWorkspace } from '../fixture.ts';

async function workspace() {
  const made = createCliWorkspace();
  await made.fill(async ({ messages }) => {
    for (const id of ['m1', 'm2']) await messages.add(messageFor(id, { to: `agent/${acme}`, command: 'work.process' }));
    await messages.delivered('m1', []);
  });
  return made;
}

test('what reached nobody is listed, and nothing else', async () => {
  const { run } = await workspace();
  const { out } = await run('messages', '--dead');
  expect(out).toContain('m1');
  expect(out).toContain(`agent/${acme}`);
  expect(out).not.toContain('m2');
  expect(JSON.parse((await run('messages', '--dead', '--json')).out)).toMatchObject([{ id: 'm1', from: 'person/eve' }]);
});

test('one of them is sent again as it was, which the audit log says', async () => {
  const { run, fill } = await workspace();
  expect(await run('messages', '--send-again', 'm1')).toMatchObject({ code: 0, out: expect.stringContaining('m1') });
  const { waiting, acts } = await fill(async ({ messages, audit }) => ({
    waiting: await messages.unrouted(9),
    acts: (await audit.tail(acme, 9)).map(({ action }) => action),
  }));
  expect(waiting.map(({ id, from }) => [id, from])).toContainEqual(['m1', 'person/eve']);
  expect(acts).toEqual(['send-again']);
  expect((await run('messages', '--dead')).out).toContain('Every message reached somebody.');
});

test('a message that is not dead is not sent again', async () => {
  const { run } = await workspace();
  for (const id of ['m2', 'm3']) {
    const { code, err } = await run('messages', '--send-again', id);
    expect([code, err]).toEqual([1, expect.stringContaining(`there is no message ${id} that reached nobody`)]);
  }
});
