/** A process that dies around a call to Slack leaves neither a gap nor a second message. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { startSlack } from '../emulators/slack/world.ts';
import { openTestStore } from '../store/fixture.ts';

const program = join(import.meta.dirname, 'slack-sender.ts');

test.each(['supervisor.sending', 'supervisor.sent'])('killed at %s, it posts each message once', async (place) => {
  const { slack, apiUrl, person } = await startSlack();
  const { store, folder } = await openTestStore({ clock: systemClock });
  const wish = {
    agentId: 'docs',
    sessionId: 'main',
    by: 'platform',
    place: { app: 'default', channel: 'C0ACMESUP' },
  } as const;
  const texts = ['One.', 'Two.', 'Three.'];
  for (const text of texts) await store.outbox.add({ ...wish, key: text, what: { kind: 'post', text } });
  async function run(crashAt: string): Promise<unknown> {
    const args = [program, folder, apiUrl, slack.app().botToken, crashAt];
    const child = spawn(process.execPath, args, { env: {}, stdio: ['ignore', 'ignore', 'pipe'] });
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    return signal ?? code;
  }
  expect(await run(`${place}:2`)).toBe('SIGKILL');
  expect(await run('')).toBe(0);
  const seen = person('erin').messages('C0ACMESUP');
  expect(seen.map(({ text }) => text)).toEqual(texts);
  expect((await store.outbox.of('docs')).map(({ state, ts }) => [state, ts])).toEqual(
    seen.map(({ ts }) => ['sent', ts]),
  );
});
