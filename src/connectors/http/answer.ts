/** Reads the answer to an HTTP request: a parsed body, or an OutsideError with the other side's message. */

import { OutsideError, type OutsideErrorFacts } from '../../base/errors.ts';
import { isPageType, readRedirect } from '../../base/http-answer.ts';
import type { Redact } from '../../base/redact.ts';
import { startOf } from '../../documents/cut.ts';
import type { Told } from '../../outbound/ask.ts';
import { kindOfStatus, maybeDone, messageCharsMax } from './outside.ts';

export interface Answer {
  status: number;
  headers: Told['headers'];
  /** Parsed JSON, text if it is not JSON, or undefined if it is empty; bytes if the question asks for them. */
  body: unknown;
}

/** The parts of a request that are needed to read its answer. */
export interface Question {
  system: string;
  method: string;
  path: string;
  /** Whether the request could change something. */
  mutates: boolean;
  /** `json`: any other content in a good answer counts as a sign-in page; `data`: only a web page does; `any`: nothing does. */
  answers: 'json' | 'data' | 'any' | 'bytes';
  /** Which statuses are not errors. */
  accepts?: ((status: number) => boolean) | undefined;
  redact: Redact;
  /** The name of the secret that was sent. */
  tokenName?: string | undefined;
  /** The whole address that was asked, and the setting that holds it. */
  url: URL;
  address?: Address | undefined;
}

/** The setting that holds the address of a system, such as `devops.baseUrl`, and its value for another base address. */
export interface Address {
  setting: string;
  at?: (baseUrl: string) => string;
}

/** How long the other side asked us to wait: in milliseconds, and until when, in milliseconds since 1970. */
export type Wait = Pick<OutsideErrorFacts, 'retryAfterMs' | 'until'>;

/** The error of a request: system, request and reason, without secrets. */
export function failure(
  { system, method, path, mutates, redact, tokenName }: Question,
  why: string,
  facts: Partial<OutsideErrorFacts>,
  cause?: unknown,
): OutsideError {
  const request = redact(`${method} ${path}`);
  const kind = facts.kind ?? 'failed';
  const text = startOf(redact(why.replace(/\s+/g, ' ').trim()), messageCharsMax);
  const uncertain = mutates && maybeDone(method, kind) ? { maybeDone: true } : {};
  const token = kind === 'auth' && tokenName !== undefined ? { token: tokenName } : {};
  const options = cause === undefined ? {} : { cause };
  const all = { system, request, kind, ...facts, ...uncertain, ...token };
  return new OutsideError(`${system}: ${request} ${text}`, all, options);
}

/** The body, or undefined if it is longer than `bytesMax`. */
export async function readBytes({ body }: Told, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The other side's message, its name for the error, and the broken rules that it lists. */
function ownWords(body: unknown): { message: string; typeKey?: string | undefined } {
  if (typeof body === 'string') return { message: body };
  if (typeof body !== 'object' || body === null) return { message: '' };
  const { message, error, typeKey, customProperties } = body as Record<string, unknown>;
  const rules = (customProperties as { RuleValidationErrors?: { errorMessage?: string }[] } | null | undefined)
    ?.RuleValidationErrors;
  const words = [message ?? error, ...(Array.isArray(rules) ? rules.map((rule) => rule.errorMessage) : [])];
  return {
    message: words.filter((word) => typeof word === 'string').join(' '),
    typeKey: typeof typeKey === 'string' ? typeKey : undefined,
  };
}

/** Azure DevOps and many proxies answer an invalid token with their sign-in page as a success. */
function isSignInPage({ answers }: Question, { status, headers }: Told, hasText: boolean): boolean {
  const type = headers.get('content-type');
  if (answers === 'json') return status === 203 || (hasText && !/\bjson\b/i.test(type ?? ''));
  return answers === 'data' && status < 300 && (status === 203 || isPageType(type));
}

/** The error of a redirect, which is never followed: the token would go to another address. */
function redirected(question: Question, { status, headers }: Told): OutsideError {
  const { url, path, address } = question;
  const led = readRedirect({ asked: url, path, status, location: headers.get('location') });
  if (led === 'sign-in') return failure(question, `answered ${status} with a sign-in page`, { status, kind: 'auth' });
  const to = address?.at?.(led.movedTo) ?? led.movedTo;
  const moved = address && { setting: address.setting, to };
  return failure(question, `answered ${status}: it has moved to ${to}`, { status, kind: 'moved', moved });
}

/** What a server says to a version of its API that it does not know. */
const unknownVersion = ['VssVersionOutOfRangeException', 'VssInvalidPreviewVersionException'];

/** A server's own word for the newest version that it knows, where it is in English. */
function tooOld(question: Question, status: number, typeKey: string, message: string): OutsideError {
  const newest = /\bsupports is (\d+\.\d+)/.exec(message)?.[1];
  const why = newest ? `this server speaks at most version ${newest} of the API` : 'this server is too old';
  const asked = `and jvagent needs ${question.url.searchParams.get('api-version') ?? 'a newer one'}`;
  return failure(question, `answered ${status} ${typeKey}: ${why}, ${asked}`, { status, kind: 'version', typeKey });
}

/** `wait` is what the answer asks for, if anything. Throws an OutsideError for any error answer. */
export function answerOf(question: Question, response: Told, bytes: Buffer, wait: Wait = {}): Answer {
  const { status, headers } = response;
  // TextDecoder removes the byte order mark that some error pages begin with.
  const text = new TextDecoder().decode(bytes);
  const saysJson = /\bjson\b/i.test(headers.get('content-type') ?? '');
  const parsed = saysJson && text !== '' ? parseJson(text) : undefined;
  const isGood = (status >= 200 && status < 300) || question.accepts?.(status);
  if (!isGood && status >= 300 && status < 400) throw redirected(question, response);
  if (isGood && isSignInPage(question, response, text !== '')) {
    throw failure(question, `answered ${status} with a sign-in page instead of JSON`, { status, kind: 'auth' });
  }
  if (isGood && question.answers === 'bytes') return { status, headers, body: bytes };
  if (isGood && saysJson && text !== '' && !parsed) {
    throw failure(question, `answered ${status} with broken JSON`, { status });
  }
  if (isGood) return { status, headers, body: parsed ? parsed.value : text || undefined };
  const isPage = !parsed && text.includes('<');
  const { message, typeKey } = isPage ? { message: 'with a web page' } : ownWords(parsed ? parsed.value : text);
  if (typeKey && unknownVersion.includes(typeKey)) throw tooOld(question, status, typeKey, message);
  throw failure(question, ['answered', status, typeKey, message].filter(Boolean).join(' '), {
    status,
    kind: kindOfStatus(status),
    typeKey,
    ...wait,
  });
}
