/** What GitHub's bad answers mean: a limit, a token that is not let in, a repository that moved. */
import type { Clock } from '../../base/clock.ts';
import { OutsideError, type OutsideErrorFacts } from '../../base/errors.ts';
import { askedWaitMs, isPageType, readRedirect } from '../../base/http-answer.ts';
import { startOf } from '../../documents/cut.ts';
import { faultIn } from '../../outbound/fault.ts';
import type { HttpSettings } from '../http/http-client.ts';
import { type Asked, kindOfStatus, maybeDone, messageCharsMax } from '../http/outside.ts';

/** What octokit throws: without a response where no answer came. */
interface RequestFault {
  status: number;
  response?: { headers: Record<string, string | number | undefined>; data: unknown };
}

export const isRequestFault = (error: unknown): error is Error & RequestFault =>
  error instanceof Error && 'status' in error && typeof error.status === 'number';

/** GitHub says "too often" with 403 as well as with 429. */
function isLimit({ status, response, message }: Error & RequestFault): boolean {
  if (status === 429) return true;
  return status === 403 && (/rate limit/i.test(message) || `${response?.headers['x-ratelimit-remaining']}` === '0');
}

const tokenName = 'GIT_TOKEN';

/** What GitHub asks for after "too often" without saying for how long. */
const limitedMs = 60_000;

type Headers = Readonly<Record<string, string | number | undefined>>;
export const headerOf = (headers: Headers) => (name: string) => headers[name]?.toString();
export const waitOf = (headers: Headers, clock: Pick<Clock, 'now'>) => askedWaitMs(headerOf(headers), clock.now());

export function outsideError(
  error: unknown,
  asked: Asked,
  { clock, redact }: Pick<HttpSettings, 'clock' | 'redact'>,
): unknown {
  if (error instanceof Error && error.cause instanceof OutsideError) return error.cause;
  if (!isRequestFault(error)) return error;
  const { response, status, message } = error;
  const kind = !response ? 'unreachable' : isLimit(error) ? 'limited' : kindOfStatus(status);
  const waitMs = waitOf(response?.headers ?? {}, clock) ?? (kind === 'limited' ? limitedMs : undefined);
  const words = startOf(redact(message.replace(/\s+/g, ' ')), messageCharsMax);
  const facts = {
    ...asked,
    kind,
    status: response && status,
    retryAfterMs: waitMs,
    until: waitMs === undefined ? undefined : clock.now() + waitMs,
    token: kind === 'auth' ? tokenName : undefined,
    fix: faultIn(error)?.fix,
    maybeDone: maybeDone(asked.request.split(' ', 1)[0] ?? '', kind) || undefined,
  } as const;
  const why = response ? `answered ${status} ${words}` : `got no answer: ${words}`;
  return new OutsideError(`${asked.system}: ${asked.request} ${why}`, facts, { cause: error });
}

interface GoodAnswer {
  status: number;
  url: string;
  headers: Headers;
}

/** What is no answer of the API although it is no error to octokit: a redirect, and a page where people sign in. */
export function falseAnswer({ status, url, headers }: GoodAnswer, asked: Asked): OutsideError | undefined {
  const [, path = ''] = asked.request.split(' ');
  const fault = (why: string, facts: Pick<OutsideErrorFacts, 'kind' | 'token' | 'moved'>) =>
    new OutsideError(`${asked.system}: ${asked.request} answered ${status} ${why}`, { ...asked, status, ...facts });
  const isRedirect = status >= 300 && status < 400;
  const location = headers.location?.toString();
  const led = isRedirect ? readRedirect({ asked: new URL(url), path, status, location }) : 'sign-in';
  if (led !== 'sign-in') {
    const moved = { setting: 'GIT_REMOTE', to: led.movedTo };
    return fault(`: it has moved to ${led.movedTo}`, { kind: 'moved', moved });
  }
  if (!isRedirect && !isPageType(headers['content-type']?.toString())) return undefined;
  return fault('with a sign-in page instead of JSON', { kind: 'auth', token: tokenName });
}
