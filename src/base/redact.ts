/**
 * Takes known secrets out of text, in every form they usually leak in.
 *
 * raw, JSON-escaped, url-encoded, hex, base64 at its three offsets, base64url, and as either half of a Basic pair.
 */

export type Redact = (text: string) => string;

const shortestSecretChars = 6;
const mark = '[redacted]';

/** Base64 of `bytes` as it looks inside a longer encoding, for each of the three alignments; edges that mix with neighbours are cut. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const text = padded.toString('base64').replace(/=+$/, '');
    const start = offset === 0 ? 0 : offset + 1;
    const end = padded.length % 3 === 0 ? text.length : text.length - 1;
    return text.slice(start, end);
  });
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = base64Forms(bytes);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
  ].filter((form) => form.length >= shortestSecretChars);
}

function allForms(secrets: Iterable<string>): string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    for (const value of new Set([secret, secret.replace(/^Bearer /, '')])) {
      if (value.length >= shortestSecretChars) for (const form of formsOf(value)) forms.add(form);
    }
  }
  return [...forms].sort((a, b) => b.length - a.length);
}

/** A function that replaces every form of every secret; secrets shorter than 6 characters cannot be told from chance and are left. */
export function createRedact(secrets: Iterable<string>): Redact {
  const forms = allForms(secrets);
  return (text) => forms.reduce((rest, form) => rest.replaceAll(form, mark), text);
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

/** The same over a JSON value: every string in it, names too; a number that is a secret becomes the mark. */
export function redactValue<T>(redact: Redact, value: T): T {
  return redactAny(redact, value) as T;
}

/**
 * The same over a stream of chunks, across their borders: it holds back as much as the longest form.
 * `write` returns what may go out now, `end` the rest.
 */
export function createRedactStream(secrets: Iterable<string>): { write(chunk: string): string; end(): string } {
  const forms = allForms(secrets);
  const longest = forms[0]?.length ?? 0;
  const redact: Redact = (text) => forms.reduce((rest, form) => rest.replaceAll(form, mark), text);
  let held = '';
  return {
    write(chunk) {
      const text = redact(held + chunk);
      const cut = Math.max(0, text.length - longest);
      held = text.slice(cut);
      return text.slice(0, cut);
    },
    end() {
      const rest = redact(held);
      held = '';
      return rest;
    },
  };
}
