/**
 * The way out of this machine: every connection to another system is made by these settings.
 *
 * url -> loopback or in NO_PROXY? -> directly, else through the proxy -> TLS against all authorities that we trust -> an answer, or
 * an OutboundFault that says who is the cause
 */
import type { Dispatcher } from 'undici';
import { type Ask, askBy, askDirectly } from './ask.ts';
import { trustedWith } from './authorities.ts';
import { explain, OutboundFault } from './fault.ts';
import { isDirect } from './no-proxy.ts';
import type { OutboundSettings } from './settings.ts';
import { proxyAuthorization } from './tunnel.ts';

export type Fetch = typeof globalThis.fetch;

export interface Outbound {
  /** The proxy for this url; undefined if it is reached directly. */
  proxyFor(url: URL): URL | undefined;
  /** All authorities that we trust, PEM; undefined if the operator has added none, and each program trusts what it does by itself. */
  trusted(): readonly string[] | undefined;
  /** What connections that stay open to this url go through, as undici takes it; undefined for its usual one. */
  dispatcherFor(url: URL): Promise<Dispatcher | undefined>;
  /** Sends one request this way. Rejects with an OutboundFault, or with why its signal ended it. */
  readonly ask: Ask;
  /** Like the global fetch, but this way out. Rejects with a TypeError whose cause is an OutboundFault. */
  readonly fetch: Fetch;
}

type Send = (request: Request, proxy: URL | undefined) => Promise<Response>;

/** One for each proxy, and one for direct connections. */
type DispatcherOf = (proxy: URL | undefined) => Dispatcher;

async function createDispatchers(trusted: readonly string[] | undefined): Promise<DispatcherOf> {
  const [{ Agent, ProxyAgent }, { createSecureContext }] = await Promise.all([import('undici'), import('node:tls')]);
  const tls = trusted ? { secureContext: createSecureContext({ ca: [...trusted] }) } : {};
  const direct = new Agent({ connect: tls });
  const proxied = new Map<string, InstanceType<typeof ProxyAgent>>();
  return (proxy) => {
    if (!proxy) return direct;
    const known = proxied.get(proxy.href);
    if (known) return known;
    const token = proxyAuthorization(proxy);
    const uri = proxy.origin;
    const agent = new ProxyAgent({
      uri,
      requestTls: tls,
      proxyTls: tls,
      proxyTunnel: false,
      ...(token ? { token } : {}),
    });
    proxied.set(proxy.href, agent);
    return agent;
  };
}

/** Sends with undici's own fetch, because Node's takes only connections of its own version of undici. */
async function createSend(dispatchers: Promise<DispatcherOf>): Promise<Send> {
  const { fetch } = await import('undici');
  const dispatcherOf = await dispatchers;
  return async (request, proxy) => {
    const { method, headers, redirect, signal, url } = request;
    const body = request.body ? Buffer.from(await request.arrayBuffer()) : null;
    const dispatcher = dispatcherOf(proxy);
    const answer = await fetch(url, { method, headers: [...headers], redirect, signal, body, dispatcher });
    return answer as unknown as Response;
  };
}

/** Opens the way out; connections are made as they are needed. */
export function openOutbound({ httpsProxy, httpProxy, noProxy, authorities }: OutboundSettings): Outbound {
  const isPlain = !httpsProxy && !httpProxy && authorities.length === 0;
  let all: readonly string[] | undefined;
  let dispatchers: Promise<DispatcherOf> | undefined;
  let send: Promise<Send> | undefined;

  function proxyFor(url: URL): URL | undefined {
    const proxy = url.protocol === 'https:' ? httpsProxy : httpProxy;
    return proxy === undefined || isDirect(url, noProxy) ? undefined : new URL(proxy);
  }

  function trusted() {
    if (authorities.length === 0) return undefined;
    all ??= trustedWith(authorities);
    return all;
  }

  function allDispatchers(): Promise<DispatcherOf> {
    dispatchers ??= createDispatchers(trusted());
    return dispatchers;
  }

  async function faultOf(error: unknown, url: URL): Promise<OutboundFault> {
    const proxy = proxyFor(url);
    const issuer = async () => (await import('./issuer.ts')).issuerOf(url, proxy, trusted());
    return new OutboundFault(await explain(error, { host: url.hostname, proxy }, issuer), { cause: error });
  }

  async function through(request: Request): Promise<Response> {
    if (isPlain) return globalThis.fetch(request);
    send ??= createSend(allDispatchers());
    return (await send)(request, proxyFor(new URL(request.url)));
  }

  return {
    proxyFor,
    trusted,
    dispatcherFor: async (url) => (isPlain ? undefined : (await allDispatchers())(proxyFor(url))),
    async fetch(input, init) {
      const request = new Request(input, init);
      try {
        return await through(request);
      } catch (error) {
        if (request.signal.aborted) throw error;
        throw new TypeError('fetch failed', { cause: await faultOf(error, new URL(request.url)) });
      }
    },
    async ask(asked) {
      try {
        return await (isPlain ? askDirectly : askBy(through))(asked);
      } catch (error) {
        if (asked.signal.aborted) throw asked.signal.reason;
        throw await faultOf(error, asked.url);
      }
    },
  };
}
