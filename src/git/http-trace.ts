/** What an answer to git says in its headers: git itself tells only the status of a bad one, so they are read from its trace. */
import { OutsideError, type OutsideErrorFacts } from '../base/errors.ts';
import { askedWaitMs, isPageType, readRedirect } from '../base/http-answer.ts';

/** Makes git write the headers of requests and answers to stderr, without their secrets: https://git-scm.com/docs/git */
export const tracing = { GIT_TRACE_CURL: '1', GIT_TRACE_CURL_NO_DATA: '1', GIT_TRACE_REDACT: '1' } as const;

const traced = /^\d\d:\d\d:\d\d\.\d+ \S+:\d+ +/;
const received = /<= Recv header: (.*)$/;

interface LastAnswer {
  status: number;
  header: (name: string) => string | undefined;
}

/** Git's own words without the trace, and the last answer that it got. */
export function readTrace(stderr: string): { words: string; answer?: LastAnswer } {
  const lines = stderr.split('\n');
  const words = lines.filter((line) => !traced.test(line)).join('\n');
  const headers = new Map<string, string>();
  let status: number | undefined;
  for (const line of lines) {
    const [, text] = (traced.test(line) && received.exec(line)) || [];
    if (text === undefined) continue;
    const [, begun] = /^HTTP\/[\d.]+ (\d{3})/.exec(text) ?? [];
    if (begun) {
      status = Number(begun);
      headers.clear();
    }
    const [, name, value] = /^([^:\s]+): *(.*?)\s*$/.exec(text) ?? [];
    if (name && value !== undefined) headers.set(name.toLowerCase(), value);
  }
  return status === undefined ? { words } : { words, answer: { status, header: (name) => headers.get(name) } };
}

/**
 * Why an answer is none of git's protocol: the repository has moved, people are to sign in, or we are to wait. Undefined for any
 * other answer. `url` is the remote's address, `now` milliseconds since 1970.
 */
export function answerFault(url: string, { status, header }: LastAnswer, now: number): OutsideError | undefined {
  const request = 'git ls-remote';
  const fault = (why: string, facts: Pick<OutsideErrorFacts, 'kind'> & Partial<OutsideErrorFacts>) =>
    new OutsideError(`${request}: ${url} answered ${status}${why}`, { system: 'git', request, status, ...facts });
  const signIn = () => fault(' with a sign-in page instead of a repository', { kind: 'auth', token: 'GIT_TOKEN' });
  if (status >= 300 && status < 400) {
    const path = '/info/refs';
    const asked = new URL(url.replace(/\/*$/, path));
    const led = readRedirect({ asked, path, status, location: header('location') });
    if (led === 'sign-in') return signIn();
    return fault(`: it has moved to ${led.movedTo}`, {
      kind: 'moved',
      moved: { setting: 'GIT_REMOTE', to: led.movedTo },
    });
  }
  if (status === 203 || (status < 300 && isPageType(header('content-type')))) return signIn();
  const waitMs = status === 429 || status === 503 ? askedWaitMs(header, now) : undefined;
  return waitMs === undefined
    ? undefined
    : fault(' and asks us to wait', { kind: 'limited', retryAfterMs: waitMs, until: now + waitMs });
}
