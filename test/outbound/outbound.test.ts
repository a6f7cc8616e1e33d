import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { listenServer } from '../../src/base/http.ts';
import { explain, faultIn } from '../../src/outbound/fault.ts';
import { openOutbound } from '../../src/outbound/outbound.ts';
import { type ProxyWish, startInterceptingProxy } from './intercepting-proxy.ts';

const host = 'board.example';

async function startServer() {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { 'content-length': length, 'proxy-authorization': leaked } = request.headers;
      response.end(
        JSON.stringify({ method: request.method, url: request.url, body: `${Buffer.concat(chunks)}`, length, leaked }),
      );
    });
  });
  const listener = await listenServer(server);
  onTestFinished(listener.close);
  return listener.url;
}

async function startProxy(wish: Partial<ProxyWish> = {}) {
  const proxy = await startInterceptingProxy({ names: { [host]: await startServer() }, ...wish });
  onTestFinished(proxy.close);
  return proxy;
}

const causeOf = (sent: Promise<Response>) =>
  sent.then(
    (answer) => ({ message: `answered ${answer.status}`, fix: undefined }),
    (error: Error) => ({ message: (error.cause as Error).message, fix: faultIn(error)?.fix }),
  );

test('an https address is reached through the proxy, whose authority is trusted', async () => {
  const proxy = await startProxy();
  const outbound = openOutbound({ httpsProxy: proxy.url, noProxy: '', authorities: [proxy.certificate] });
  const answer = await outbound.fetch(`https://${host}/a?b=c`, { method: 'POST', body: 'hello' });
  expect(await answer.json()).toEqual({ method: 'POST', url: '/a?b=c', body: 'hello', length: '5' });
  expect(proxy.asked).toEqual([`${host}:443`]);
});

test('the name and password of the proxy are given to the proxy alone, decoded', async () => {
  const proxy = await startProxy({ login: 'me:p@ss' });
  const url = proxy.url.replace('//', '//me:p%40ss@');
  const { fetch } = openOutbound({ httpsProxy: url, httpProxy: url, noProxy: '', authorities: [proxy.certificate] });
  for (const address of [`https://${host}/`, `http://${host}/`]) {
    const answer = await fetch(address);
    expect(await answer.json()).toEqual({ method: 'GET', url: '/', body: '' });
  }
});

test('what NO_PROXY names and loopback are reached without the proxy', async () => {
  const [proxy, server] = [await startProxy(), await startServer()];
  const settings = { httpsProxy: proxy.url, httpProxy: proxy.url, authorities: [] };
  const outbound = openOutbound({ ...settings, noProxy: 'inside.example' });
  expect((await outbound.fetch(server)).status).toBe(200);
  expect(outbound.proxyFor(new URL('https://git.inside.example/'))).toBeUndefined();
  expect(outbound.proxyFor(new URL(`https://${host}/`))?.href).toBe(`${proxy.url}/`);
  expect(proxy.asked).toEqual([]);
});

test('a certificate that nobody we trust has signed is told with its signer and the setting to add', async () => {
  const proxy = await startProxy();
  const { fetch } = openOutbound({ httpsProxy: proxy.url, noProxy: '', authorities: [] });
  expect(await causeOf(fetch(`https://${host}/`))).toEqual({
    message: expect.stringMatching(
      /^the certificate of board\.example is signed by Sandbox proxy \w+, which this machine/,
    ),
    fix: expect.stringMatching(
      /^Set NODE_EXTRA_CA_CERTS in \.env to the file with the certificate of Sandbox proxy \w+, then/,
    ),
  });
});

test('a proxy that wants a password, forbids a host or is not there is told as such', async () => {
  const locked = await startProxy({ login: 'me:secret-of-mine' });
  const through = (url: string, address = `https://${host}/`) =>
    causeOf(openOutbound({ httpsProxy: url, noProxy: '', authorities: [] }).fetch(address));
  expect(await through(locked.url.replace('//', '//me:wrong-password@'))).toEqual({
    message: `the proxy ${new URL(locked.url).host} asks for a name and password, or does not accept those in HTTPS_PROXY (407)`,
    fix: expect.stringContaining('HTTPS_PROXY in .env (http://NAME:PASSWORD@HOST:PORT)'),
  });
  const proxy = await startProxy();
  expect(await through(proxy.url, 'https://other.example/')).toEqual({
    message: `the proxy ${new URL(proxy.url).host} does not allow connections to other.example (403)`,
    fix: expect.stringContaining('allow other.example, or add it to NO_PROXY'),
  });
  await proxy.close();
  expect(await through(proxy.url)).toMatchObject({
    message: expect.stringMatching(/^the proxy 127\.0\.0\.1:\d+ does not answer: .*ECONNREFUSED/),
    fix: expect.stringContaining('HTTPS_PROXY'),
  });
});

test('a name without an address is told with the setting that is missing, or wrong', async () => {
  const error = new TypeError('fetch failed', {
    cause: Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }),
  });
  const words = (proxy?: string) =>
    explain(error, { host, proxy: proxy ? new URL(proxy) : undefined }, async () => undefined);
  expect(await words()).toEqual({
    why: 'the name board.example has no address here',
    fix: expect.stringContaining('set HTTPS_PROXY in .env'),
  });
  expect(await words('http://proxy.example:8080')).toEqual({
    why: 'the name proxy.example has no address here',
    fix: expect.stringContaining('Correct HTTPS_PROXY in .env'),
  });
});

test('a request that its sender gives up is not told as a fault of the network', async () => {
  const { fetch } = openOutbound({ noProxy: '', authorities: [] });
  const signal = AbortSignal.abort(new Error('the turn has ended'));
  await expect(fetch(await startServer(), { signal })).rejects.toThrow('the turn has ended');
});
