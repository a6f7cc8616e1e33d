import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listen, listenServer } from '../../src/base/http.ts';

const hello = async (asked: Request) => new Response(`hello ${new URL(asked.url).pathname}`);

test('a handler is served on loopback on a free port', async () => {
  const one = await listen(hello);
  const two = await listen(hello);
  expect(one.url).toBe(`http://127.0.0.1:${one.port}`);
  expect(one.port).not.toBe(two.port);
  expect(await (await fetch(`${one.url}/a`)).text()).toBe('hello /a');
  await Promise.all([one.close(), two.close()]);
  await expect(fetch(one.url)).rejects.toThrow();
});

test('a taken port is an error', async () => {
  const one = await listen(hello);
  await expect(listen(hello, { port: one.port })).rejects.toThrow('EADDRINUSE');
  await one.close();
});

test('a socket is open only to its owner, and replaces an old one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'http-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const socketPath = join(folder, 's');
  writeFileSync(socketPath, 'old');
  const listener = await listen(hello, { socketPath });
  expect([listener.url, statSync(socketPath).mode & 0o777]).toEqual([`unix:${socketPath}`, 0o600]);
  const status = await new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: '/a' }, (answer) => resolve(answer.resume().statusCode));
    sent.on('error', reject).end();
  });
  expect(status).toBe(200);
  await listener.close();
});

test('a close does not wait for connections that are open', async () => {
  const listener = await listenServer(createServer(() => {}));
  const hanging = fetch(listener.url).catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await listener.close();
  expect(await hanging).toBeInstanceOf(Error);
});
