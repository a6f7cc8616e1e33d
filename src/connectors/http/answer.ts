/** Reads the answer to one HTTP request: parsed when it is good, an OutsideError in the other side's own words when not. */
import { OutsideError, type OutsideErrorFacts } from '../../base/errors.ts';
import type { Redact } from '../../base/redact.ts';
import { kindOfStatus, maybeDone, messageCharsMax } from './outside.ts';

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed JSON, text where it is none, undefined where it is empty; a good answer's bytes where those were asked for. */
  body: unknown;
}

/** What was asked, as far as reading its answer needs it. */
export interface Question {
  system: string;
  method: string;
  path: string;
  /** Whether the request could change something. */
  mutates: boolean;
  /** `json`: any other content in a good answer is taken for a sign-in page. */
  answers: 'json' | 'any' | 'bytes';
  /** Statuses that are an answer and no error. */
  accepts?: ((status: number) => boolean) | undefined;
  redact: Redact;
}

/** The error of a question: which system, which request, why; free of secrets. */
export function failure(
  { system, method, path, mutates, redact }: Question,
  why: string,
  facts: Partial<OutsideErrorFacts>,
  cause?: unknown,
): OutsideError {
  const request = redact(`${method} ${path}`);
  const kind = facts.kind ?? 'failed';
  const text = redact(why.replace(/\s+/g, ' ').trim()).slice(0, messageCharsMax);
  const uncertain = mutates && maybeDone(method, kind) ? { maybeDone: true } : {};
  const options = cause === undefined ? {} : { cause };
  return new OutsideError(`${system}: ${request} ${text}`, { system, request, kind, ...facts, ...uncertain }, options);
}

/** The body, or undefined when it is longer than `bytesMax`. */
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

/** The other side's message, its name of the error, and the rules it says were broken. */
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

/** `retryAfterMs` is what the answer asked us to wait, where it did. Throws an OutsideError for whatever is no good answer. */
export function answerOf(question: Question, response: Response, bytes: Buffer, retryAfterMs?: number): Answer {
  const { status, headers } = response;
  // TextDecoder takes off the byte order mark that some error pages begin with.
  const text = new TextDecoder().decode(bytes);
  const saysJson = /\bjson\b/i.test(headers.get('content-type') ?? '');
  const parsed = saysJson && text !== '' ? parseJson(text) : undefined;
  const isGood = (status >= 200 && status < 300) || question.accepts?.(status);
  // Azure DevOps answers a dead token with its sign-in page, redirected to or at once, as a success.
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
