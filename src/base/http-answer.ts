/** What an HTTP answer says beside its content, to any client: wait, this is a sign-in page, this has moved. */
/** The longest wait: we try again after an hour, even if a header asks for more. */
export const askedWaitMsMax = 3_600_000;

/** Milliseconds from a `Retry-After` header (seconds or a date); undefined if it is missing or invalid. */
function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  if (!header) return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), askedWaitMsMax);
}

type HeaderOf = (name: string) => string | null | undefined;

/**
 * How long an answer asks us to wait before the next request, in milliseconds: its `Retry-After`, or the time at which a used-up
 * budget is refilled. GitHub: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api; Azure DevOps:
 * https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits.
 */
export function askedWaitMs(header: HeaderOf, now: number): number | undefined {
  const after = retryAfterMs(header('retry-after'), now);
  if (after !== undefined || header('x-ratelimit-remaining') !== '0') return after;
  const resetAt = Number(header('x-ratelimit-reset') || Number.NaN) * 1_000;
  return Number.isNaN(resetAt) ? undefined : Math.min(Math.max(0, resetAt - now), askedWaitMsMax);
}

/** Whether a content type is that of a web page: our systems answer with data, so a page is where people sign in. */
export const isPageType = (contentType: string | null | undefined): boolean => /\bx?html\b/i.test(contentType ?? '');

const signInWords = /(^|[/._-])_?(sign-?in|log-?[io]n|authorize|oauth2?|sso|saml2?|adfs)([/._-]|$)/i;

/** `movedTo`: the same thing at another address, without the path that was asked for; or a sign-in page. */
export type Redirect = { movedTo: string } | 'sign-in';

interface Redirected {
  /** The address that was asked. */
  asked: URL;
  /** The end of it, below the configured address. */
  path: string;
  status: number;
  /** The `Location` header. */
  location: string | null | undefined;
}

/**
 * Reads a redirect (status 300 to 399). A moved server keeps the path, or says that it moved for good (301, 308); anything
 * else that leads to another page is taken for a sign-in page.
 */
export function readRedirect({ asked, path, status, location }: Redirected): Redirect {
  if (!location || !URL.canParse(location, asked.href)) return 'sign-in';
  const to = new URL(location, asked);
  const address = to.origin + to.pathname;
  const [end = ''] = path.split('?', 1);
  if (end !== '' && to.href !== asked.href && to.pathname.endsWith(end))
    return { movedTo: address.slice(0, -end.length) };
  const isSignIn = signInWords.test(to.hostname) || signInWords.test(to.pathname);
  return (status === 301 || status === 307 || status === 308) && !isSignIn ? { movedTo: address } : 'sign-in';
}
