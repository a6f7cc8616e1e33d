/**
 * Replaces known secrets in text, in every form in which they usually leak, with a marker that has the secret's name.
 *
 * raw, JSON-escaped once and twice, url-encoded, hex, base64 at its three offsets, base64url, and as either half of a Basic pair.
 * A short secret is replaced only as a whole word, because longer words contain it by chance.
 */
import { limits } from '../limits.ts';

export type Redact = (text: string) => string;

/** A secret to redact, and the name in its marker, such as `AZDO_PAT`. */
export interface NamedSecret {
  readonly name: string;
  readonly value: string;
}

interface Form {
  readonly name: string;
  readonly text: string;
  /** Whether it is redacted only as a whole word. */
  readonly isWord: boolean;
}

interface Span {
  start: number;
  end: number;
  /** The name of the longest form in the span. */
  readonly name: string;
}

const markOf = (name: string) => `[jvagent-redacted:${name}]`;

/** Counts each marker in a text, also in UTF-16. The name in a marker can be anything that is allowed before a `=`. */
export function marksIn(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  const narrow = text.replaceAll('\0', '');
  for (const [mark] of narrow.matchAll(/\[jvagent-redacted:[^\]\r\n]{1,300}\]/g))
    counts.set(mark, (counts.get(mark) ?? 0) + 1);
  return counts;
}

/** A token without its leading `Bearer` or `Basic`. */
export const bareToken = (value: string): string => value.replace(/^(Bearer|Basic)\s+/i, '');

/**
 * The base64 of `bytes` inside a longer encoding, for each of the three alignments, without the edge characters that mix with
 * neighbours.
 */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const text = padded.toString('base64').replace(/=+$/, '');
    const start = offset === 0 ? 0 : offset + 1;
    const end = padded.length % 3 === 0 ? text.length : text.length - 1;
    return text.slice(start, end);
  });
}

function formsOf({ name, value }: NamedSecret): Form[] {
  const bytes = Buffer.from(value);
  const base64 = base64Forms(bytes);
  const inJson = JSON.stringify(value).slice(1, -1);
  // A tool's answer reaches the model as JSON in a JSON string.
  const readable = [value, inJson, JSON.stringify(inJson).slice(1, -1), encodeURIComponent(value)];
  const encoded = [
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
  ];
  const isWord = value.length < limits.freeCredentialCharsMin;
  return [
    ...readable.map((text) => ({ name, text, isWord })),
    ...encoded.map((text) => ({ name, text, isWord: false })),
  ].filter(({ text }) => text.length >= limits.credentialCharsMin);
}

/** Longest first; values that are too short are left out. */
function allForms(secrets: Iterable<NamedSecret>): Form[] {
  const forms = new Map<string, Form>();
  for (const { name, value } of secrets) {
    for (const one of new Set([value, bareToken(value)])) {
      if (one.length < limits.credentialCharsMin) continue;
      for (const form of formsOf({ name, value: one })) if (!forms.has(form.text)) forms.set(form.text, form);
    }
  }
  return [...forms.values()].sort((a, b) => b.text.length - a.text.length);
}

const endsInWord = /[\p{L}\p{N}_]$/u;
const beginsWithWord = /^[\p{L}\p{N}_]/u;
/** Characters before a word that are not part of it: an escape of JSON or of a url, a terminal colour. */
const endsInEscape = /(\\[bfnrt]|\\u[0-9a-f]{4}|%[0-9a-f]{2}|\[[\d;]*m)$/i;
const escapeCharsMax = 12;

function isWholeWord(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - escapeCharsMax), start);
  const word = text.slice(start, end);
  const isOpen = !(endsInWord.test(before) && beginsWithWord.test(word)) || endsInEscape.test(before);
  return isOpen && !(endsInWord.test(word) && beginsWithWord.test(text.slice(end, end + 2)));
}

function* placesOf(text: string, part: string): Generator<{ start: number; end: number }> {
  for (let start = text.indexOf(part); start >= 0; start = text.indexOf(part, start + 1)) {
    yield { start, end: start + part.length };
  }
}

/** Finds secrets, in order; overlapping ones are merged, so that no part of one is left next to a marker. */
function spansIn(text: string, forms: readonly Form[]): Span[] {
  const found = forms.flatMap(({ name, text: form, isWord }) =>
    [...placesOf(text, form)]
      .filter(({ start, end }) => !isWord || isWholeWord(text, start, end))
      .map((place): Span => ({ ...place, name })),
  );
  // The name in a marker is not an occurrence of a secret.
  const marks = found.length === 0 ? [] : [...new Set(forms.map(({ name }) => markOf(name)))];
  const marked = marks.flatMap((mark) => [...placesOf(text, mark)]);
  const spans: Span[] = [];
  for (const span of found.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (marked.some(({ start, end }) => start < span.start && span.end < end)) continue;
    const last = spans.at(-1);
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end);
    else spans.push(span);
  }
  return spans;
}

function redactWith(forms: readonly Form[], text: string): string {
  let at = 0;
  let out = '';
  for (const { start, end, name } of spansIn(text, forms)) {
    out += text.slice(at, start) + markOf(name);
    at = end;
  }
  return at === 0 ? text : out + text.slice(at);
}

/** Returns a function that replaces every form of every secret with `[jvagent-redacted:NAME]`; existing markers stay unchanged. */
export function createRedact(secrets: Iterable<NamedSecret>): Redact {
  const forms = allForms(secrets);
  return (text) => redactWith(forms, text);
}

function redactAny(redact: Redact, value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'number' || typeof value === 'bigint') {
    const text = String(value);
    return redact(text) === text ? value : redact(text);
  }
  if (Array.isArray(value)) return value.map((part) => redactAny(redact, part));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [redact(name), redactAny(redact, part)]));
}

/** Redacts a JSON value: all its strings and keys; a number that is a secret becomes the marker. */
export function redactValue<T>(redact: Redact, value: T): T {
  return redactAny(redact, value) as T;
}

export interface RedactStream {
  /** Returns the text that can be passed on now. */
  write(chunk: string): string;
  /** The rest. */
  end(): string;
}

/** Redacts a stream of chunks, also across their boundaries: it holds back as many characters as the longest form has. */
export function createRedactStream(secrets: Iterable<NamedSecret>): RedactStream {
  const forms = allForms(secrets);
  const longest = forms[0]?.text.length ?? 0;
  let held = '';
  return {
    write(chunk) {
      held += chunk;
      const last = Math.max(0, held.length - longest);
      const across = spansIn(held, forms).find(({ start, end }) => start < last && last < end);
      const cut = across?.start ?? last;
      const out = redactWith(forms, held.slice(0, cut));
      held = held.slice(cut);
      return out;
    },
    end() {
      const rest = redactWith(forms, held);
      held = '';
      return rest;
    },
  };
}
