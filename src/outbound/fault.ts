/** Why no answer came from outside, in words that say who is the cause and what to set: the proxy, a certificate, a name. */
import { messageOf } from '../base/errors.ts';
import { TunnelRefused } from './tunnel.ts';

/** A connection failed, and we can say why. */
export class OutboundFault extends Error {
  /** What a person can do; undefined if nothing but waiting helps. */
  readonly fix: string | undefined;

  constructor({ why, fix }: Explained, options?: ErrorOptions) {
    super(why, options);
    this.name = 'OutboundFault';
    this.fix = fix;
  }
}

export interface Explained {
  why: string;
  fix?: string;
}

/** A connection that failed. */
export interface Tried {
  host: string;
  /** The proxy that it went through. */
  proxy: URL | undefined;
}

/** Node's and OpenSSL's names for a certificate that nobody we trust has signed (nodejs.org/api/tls.html). */
const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The errors of a chain of causes, the outermost first; a failed race of addresses has several below it. */
function* chainOf(error: unknown): Generator<Error & { code?: unknown; hostname?: unknown }> {
  for (let one = error; one instanceof Error; one = one.cause ?? (one instanceof AggregateError && one.errors[0])) {
    yield one;
  }
}

const codeIn = (error: unknown) =>
  [...chainOf(error)].flatMap(({ code }) => (typeof code === 'string' ? [code] : [])).at(-1);

/** The fault in the error of a fetch, whatever a client of it has put around. */
export function faultIn(error: unknown): OutboundFault | undefined {
  return [...chainOf(error)].find((one) => one instanceof OutboundFault);
}

/** The proxy's answer to CONNECT; undici says it only in words. */
function proxyStatusIn(error: unknown): number | undefined {
  for (const one of chainOf(error)) {
    if (one instanceof TunnelRefused) return one.status;
    const [, status] = /^Proxy response \((\d{3})\)/.exec(one.message) ?? [];
    if (status) return Number(status);
  }
  return undefined;
}

const restart = 'then restart jvagent';

/** `issuer` is who signed the certificate, if that is known. */
export function untrustedWords(host: string, issuer: string | undefined): Explained {
  return {
    why: `the certificate of ${host} is signed by ${issuer ?? 'an authority'}, which this machine does not trust`,
    fix: `Set NODE_EXTRA_CA_CERTS in .env to the file with the certificate of ${issuer ?? 'that authority'}, ${restart}.`,
  };
}

/** `proxy` names it, by host and port where they are known. */
export function proxyWords(status: number, host: string, proxy: string): Explained {
  if (status === 407) {
    const fix = `Write a name and password that it accepts into HTTPS_PROXY in .env (http://NAME:PASSWORD@HOST:PORT), ${restart}.`;
    return { why: `${proxy} asks for a name and password, or does not accept those in HTTPS_PROXY (407)`, fix };
  }
  if (status === 401 || status === 403) {
    const fix = `Ask whoever runs the proxy to allow ${host}, or add it to NO_PROXY in .env if it can be reached without the proxy.`;
    return { why: `${proxy} does not allow connections to ${host} (${status})`, fix };
  }
  return { why: `${proxy} could not reach ${host} (${status})` };
}

/** `name` has no address: the host itself, or the proxy. */
export function nameWords(name: string, isProxy: boolean): Explained {
  const why = `the name ${name} has no address here`;
  if (isProxy) return { why, fix: `Correct HTTPS_PROXY in .env, ${restart}.` };
  const fix = `Check the address. If this machine reaches others only through a proxy, set HTTPS_PROXY in .env, ${restart}.`;
  return { why, fix };
}

/** What the error of a failed connection means. `issuer` is asked for if a certificate is the cause. */
export async function explain(
  error: unknown,
  { host, proxy }: Tried,
  issuer: () => Promise<string | undefined>,
): Promise<Explained> {
  const status = proxyStatusIn(error);
  if (proxy && status !== undefined) return proxyWords(status, host, `the proxy ${proxy.host}`);
  const code = codeIn(error) ?? '';
  if (untrusted.has(code)) return untrustedWords(host, await issuer());
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return nameWords(proxy?.hostname ?? host, proxy !== undefined);
  const reason = [...chainOf(error)].map(messageOf).findLast((message) => message !== '') ?? String(error);
  if (!proxy || !/^(ECONN|EHOST|ENET|ETIMEDOUT|UND_ERR_CONNECT)/.test(code)) return { why: reason };
  const fix = `Check that the proxy runs and that HTTPS_PROXY in .env names it. It is tried again.`;
  return { why: `the proxy ${proxy.host} does not answer: ${reason}`, fix };
}
