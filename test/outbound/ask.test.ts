import { createServer, type RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { listenServer } from '../../src/base/http.ts';
import type { Asked } from '../../src/outbound/ask.ts';
import { faultIn } from '../../src/outbound/fault.ts';
import { type Outbound, openOutbound } from '../../src/outbound/outbound.ts';
import { direct } from './direct.ts';
import { startInterceptingProxy } from './intercepting-proxy.ts';

async function serve(answer: RequestListener): Promise<string> {
  const listener = await listenServer(createServer(answer));
  onTestFinished(listener.close);
  return listener.url;
}

const asking = (url: string, more: Partial<Asked> = {}): Asked => ({
  url: new URL(url),
  method: 'GET',
  headers: {},
  signal: AbortSignal.timeout(20_000),
  ...more,
});

async function textOf(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { host, 'content-length': length, 'content-type': type } = request.headers;
    response.writeHead(302, { 'content-type': 'application/json', location: '/elsewhere' });
    response.end(
      JSON.stringify({
        method: request.method,
        path: request.url,
        host,
        length,
        type,
        body: `${Buffer.concat(chunks)}`,
      }),
    );
  });
};

/** Both ways out, the second one through a proxy that knows the server by this name. */
async function ways(url: string): Promise<[Outbound, string][]> {
  const proxy = await startInterceptingProxy({ names: { 'board.example': url } });
  onTestFinished(proxy.close);
  const through = openOutbound({ httpsProxy: proxy.url, noProxy: '', authorities: [proxy.certificate] });
  return [
    [direct, url],
    [through, 'https://board.example'],
  ];
}

test('a request goes out as it was given, by either way, and a redirect is its answer', async () => {
  for (const [{ ask }, place] of await ways(await serve(echo))) {
    const headers = { 'content-type': 'application/json-patch+json' };
    const {
      status,
      headers: told,
      body,
    } = await ask(
      asking(`${place}/a?b=%20c`, { method: 'PATCH', headers, body: new Uint8Array(Buffer.from('hällo')) }),
    );
    expect([status, told.get('Location'), told.get('x-none')]).toEqual([302, '/elsewhere', null]);
    expect(JSON.parse(await textOf(body))).toEqual({
      method: 'PATCH',
      path: '/a?b=%20c',
      host: new URL(place).host,
      length: '6',
      type: 'application/json-patch+json',
      body: 'hällo',
    });
  }
});

test('an answer that was packed is read unpacked, and one that was cut short is an error', async () => {
  const packed = gzipSync('x'.repeat(100_000));
  const url = await serve((request, response) => {
    expect(request.headers['accept-encoding']).toContain('gzip');
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(request.url === '/cut' ? packed.subarray(0, 60) : packed);
  });
  for (const [{ ask }, place] of await ways(url)) {
    expect((await textOf((await ask(asking(place))).body)).length).toBe(100_000);
  }
  await expect(direct.ask(asking(`${url}/cut`)).then(({ body }) => textOf(body))).rejects.toThrow(
    'unexpected end of file',
  );
});

test('an answer whose connection breaks is an error', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('half', () => response.destroy());
  });
  await expect(direct.ask(asking(url)).then(({ body }) => textOf(body))).rejects.toThrow('aborted');
});

test('its signal ends a request that is not answered, with the reason, which is no fault of the network', async () => {
  const url = await serve(() => {});
  const asked = direct.ask(asking(url, { signal: AbortSignal.timeout(20) }));
  await expect(asked).rejects.toThrow('The operation was aborted due to timeout');
});

test('a server that is not there is told as such', async () => {
  const listener = await listenServer(createServer());
  await listener.close();
  const error = await direct.ask(asking(listener.url)).catch((thrown: unknown) => thrown);
  expect(faultIn(error)?.message).toContain('ECONNREFUSED');
});
