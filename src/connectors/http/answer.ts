/** Reads the answer to an HTTP request: a parsed body, or an OutsideError with the other side's message. */

import { OutsideError, type OutsideErrorFacts } from '../../base/errors.ts';
import type { Redact } from '../../base/redact.ts';
import { startOf } from '../../documents/cut.ts';
import { kindOfStatus, maybeDone, messageCharsMax } from './outside.ts';

export interface Answer {
  status: number;
  headers: Headers;
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
  /** `json`: any other content in a good answer counts as a sign-in page. */
  answers: 'json' | 'any' | 'bytes';
  /** Which statuses are not errors. */
  accepts?: ((status: number) => boolean) | undefined;
  redact: Redact;
  /** The name of the secret that was sent. */
  tokenName?: string | undefined;
}

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
export async function readBytes(response: Response, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
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

/** `retryAfterMs` is the wait that the answer asks for, if any. Throws an OutsideError for any error answer. */
export function answerOf(question: Question, response: Response, bytes: Buffer, retryAfterMs?: number): Answer {
  const { status, headers } = response;
  // TextDecoder removes the byte order mark that some error pages begin with.
  const text = new TextDecoder().decode(bytes);
  const saysJson = /\bjson\b/i.test(headers.get('content-type') ?? '');
  const parsed = saysJson && text !== '' ? parseJson(text) : undefined;
  const isGood = (status >= 200 && status < 300) || question.accepts?.(status);
  // Azure DevOps answers an invalid token with a redirect to its sign-in page, or with the page itself as a success.
  const isSignIn = status === 203 || (status >= 300 && status < 400) || (isGood && text !== '' && !saysJson);
  if (question.answers === 'json' && isSignIn) {
    throw failure(question, `answered ${status} with a sign-in page instead of JSON`, { status, kind: 'auth' });
  }
  if (isGood && question.answers === 'bytes') return { status, headers, body: bytes };
  if (isGood && saysJson && text !== '' && !parsed) {
    throw failure(question, `answered ${status} with broken JSON`, { status });
  }
  if (isGood) return { status, headers, body: parsed ? parsed.value : text || undefined };
  const isPage = !parsed && text.includes('<');
  const { message, typeKey } = isPage ? { message: 'with a web page' } : ownWords(parsed ? parsed.value : text);
  throw failure(question, ['answered', status, typeKey, message].filter(Boolean).join(' '), {
    status,
    kind: kindOfStatus(status),
    typeKey,
    retryAfterMs,
  });
}
