/** The stream of events: what comes, where it goes on, and who is dropped. */
import { connect } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { listen } from '../../src/base/http.ts';
import { limits } from '../../src/limits.ts';
import { acme, session } from '../cli/fixture.ts';
import { apiToken, openDashboard, viewToken } from './dashboard.ts';

const said = (text: string) => ({ at: 1, kind: 'text', text });

/** The text of a stream as it grows; `until` waits for a part of it. */
function reading(answer: Response) {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error('no stream');
  let text = '';
  onTestFinished(() => reader.cancel().catch(() => {}));
  return {
    cancel: () => reader.cancel(),
    async until(part: string | RegExp): Promise<string> {
      while (!(typeof part === 'string' ? text.includes(part) : part.test(text))) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`the stream ended before ${part}: ${text}`);
        text += value;
      }
      return text;
    },
    async ended(): Promise<string> {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return text;
        text += value;
      }
    },
  };
}

test('each entry of a log comes as one event, as it is stored, to those who may look', async () => {
  const { ask, store } = await openDashboard({ haste: 50 });
  await store.sessions.ensure(session);
  await store.log.append(session, [said('before')]);
  const answer = await ask('/api/events', { bearer: viewToken });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  const stream = reading(answer);
  await stream.until(': connected');
  await store.log.append(session, [said('one'), said('two')]);
  const text = await stream.until('"two"');
  expect(text).not.toContain('before');
  const data = [...text.matchAll(/^event: entries\ndata: (.*)\nid: (\d+)$/gm)].map(([, json = '']) => JSON.parse(json));
  expect(data).toEqual(['one', 'two'].map((one) => ({ agentId: acme, sessionId: 'wi-12', entries: [said(one)] })));
});

test('a client that comes back with its last id has missed nothing', async () => {
  const { ask, store } = await openDashboard({ haste: 50 });
  await store.sessions.ensure(session);
  await store.log.append(session, [said('one'), said('two'), said('three')]);
  const [first] = await store.log.list({ max: 1 });
  const headers = { 'last-event-id': String(first?.id) };
  const text = await reading(await ask('/api/events', { bearer: apiToken, headers })).until('"three"');
  expect(text).not.toContain('"one"');
  expect(text).toContain('"two"');
  const odd = await ask('/api/events', { bearer: apiToken, headers: { 'last-event-id': '1; drop table' } });
  expect(await reading(odd).until('connected')).not.toContain('"one"');
});

test('that the overview is another one is told, and a quiet stream still says something', async () => {
  const { ask, store, clock } = await openDashboard({ haste: 50 });
  const stream = reading(await ask('/api/events', { bearer: apiToken }));
  await stream.until(': connected');
  await store.agents.pause(acme);
  clock.time += limits.overviewPollMs;
  await stream.until('event: changed');
  clock.time += limits.eventsHeartbeatSeconds * 1_000;
  await stream.until(': still here');
});

test('a session that is overdue is no change by itself', async () => {
  const { ask, store, clock } = await openDashboard({ haste: 50 });
  await store.sessions.ensure({ ...session, sessionId: 'main' });
  await store.sessions.wake({ ...session, sessionId: 'main' }, 1);
  const stream = reading(await ask('/api/events', { bearer: viewToken }));
  await stream.until(': connected');
  clock.time += limits.eventsHeartbeatSeconds * 1_000;
  const text = await stream.until(/: still here|event: changed/);
  expect(text).not.toContain('event: changed');
});

test('a login that ends ends its streams, and so does the platform', async () => {
  const { ask, login, clock } = await openDashboard({ haste: 50 });
  const stream = reading(await ask('/api/events', { cookie: await login() }));
  await stream.until(': connected');
  clock.time += limits.loginHours * 3_600_000;
  expect(await stream.ended()).not.toContain('event: entries');
});

test('who logs out gets nothing more by a stream that is open, and others go on', async () => {
  const { ask, login, store } = await openDashboard({ haste: 50 });
  await store.sessions.ensure(session);
  const cookie = await login();
  const [own, other] = [await ask('/api/events', { cookie }), await ask('/api/events', { cookie: await login() })];
  const [stream, others] = [reading(own), reading(other)];
  await stream.until(': connected');
  await others.until(': connected');
  const markup = await (await ask('/', { cookie, headers: { accept: 'text/html' } })).text();
  const formToken = /name="formToken" value="([^"]+)"/.exec(markup)?.[1] ?? '';
  expect((await ask('/logout', { cookie, form: { formToken } })).status).toBe(200);
  await stream.ended();
  await store.log.append(session, [said('after the logout')]);
  expect(await others.until('after the logout')).toContain('event: entries');
});

test('a request for the head alone takes no place among those who follow', async () => {
  const { ask } = await openDashboard({ haste: 50 });
  for (let count = 0; count < limits.eventClientsMax; count += 1) {
    expect((await ask('/api/events', { bearer: viewToken, method: 'HEAD' })).status).toBe(200);
  }
  const answer = await ask('/api/events', { bearer: viewToken });
  expect(answer.status).toBe(200);
  await reading(answer).until('connected');
});

test('so many may follow, and one more when another leaves', async () => {
  const { ask } = await openDashboard({ haste: 50 });
  const streams = [];
  for (let count = 0; count < limits.eventClientsMax; count += 1) {
    streams.push(reading(await ask('/api/events', { bearer: apiToken })));
  }
  for (const stream of streams) await stream.until('connected');
  expect((await ask('/api/events', { bearer: apiToken })).status).toBe(503);
  await streams[0]?.cancel();
  const isLetIn = async () => {
    const answer = await ask('/api/events', { bearer: apiToken });
    if (answer.status === 200) reading(answer);
    return answer.status;
  };
  await expect.poll(isLetIn, { timeout: 30_000 }).toBe(200);
});

test('a client that takes nothing is dropped, and the others go on', { timeout: 120_000 }, async () => {
  const { serve, ask, store } = await openDashboard({ haste: 30 });
  await store.sessions.ensure(session);
  const listener = await listen((request) => {
    const headers = new Headers(request.headers);
    headers.set('host', '127.0.0.1:7460');
    return serve(new Request(request, { headers }));
  });
  onTestFinished(() => listener.close());
  const socket = connect(listener.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let isClosed = false;
  socket.on('close', () => {
    isClosed = true;
  });
  socket.on('error', () => {});
  socket.write(
    `GET /api/events HTTP/1.1\r\nhost: 127.0.0.1:7460\r\nauthorization: Bearer ${apiToken}\r\nlast-event-id: 0\r\n\r\n`,
  );
  socket.pause();
  const other = reading(await ask('/api/events', { bearer: apiToken }));
  await other.until('connected');
  // More than the buffers of both ends of a connection hold.
  const large = Array.from({ length: 24 }, () => said('x'.repeat(1 << 20)));
  for (const entry of large) await store.log.append(session, [entry]);
  await store.log.append(session, [said('the last one')]);
  await other.until('the last one');
  // Only who reads learns that the other end has closed.
  await systemClock.sleep(limits.eventsSlowSeconds * 100);
  socket.resume();
  await expect.poll(() => isClosed, { timeout: 60_000 }).toBe(true);
  expect(socket.bytesRead).toBeLessThan(24 << 20);
});

test('a stream whose state cannot be read ends, and the platform’s log says why', async () => {
  const { ask, store, logged } = await openDashboard({ haste: 50 });
  const onConsole = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => onConsole.mockRestore());
  const { tail } = await store.log.follow({ max: 1 });
  const next = vi.fn(async () => tail);
  vi.spyOn(store.log, 'follow').mockResolvedValue({ tail, news: { next } });
  const stream = reading(await ask('/api/events', { bearer: viewToken }));
  await stream.until(': connected');
  next.mockRejectedValue(new Error('the disk is gone'));
  expect(await stream.ended()).not.toContain('the disk is gone');
  await expect.poll(() => logged.join('')).toContain('a stream of events ended: the disk is gone');
  expect(onConsole).not.toHaveBeenCalled();
});
