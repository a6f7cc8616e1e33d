/** The forms in which a secret leaks, computed apart from the product's own redaction. */

const base64 = (text: string) => Buffer.from(text).toString('base64');
const backwards = (text: string) => [...text].reverse().join('');

/** What stays of a base64 text wherever it stands in a longer one: its ends mix with their neighbours. */
const core = (text: string, offset: number) => base64('x'.repeat(offset) + text).slice(4, -4);

const basicPairs = (secret: string) => ['', 'x-access-token', 'user'].map((user) => base64(`${user}:${secret}`));

/** Raw, JSON-escaped, url-encoded, hex, base64 at its three offsets and as base64url, and as a Basic pair. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const cores = [0, 1, 2].map((offset) => core(secret, offset));
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...cores,
    ...cores.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    ...basicPairs(secret),
  ];
}

/** The same, each backwards too: for secrets that nothing hostile was ever given. */
export function allFormsOf(secret: string): string[] {
  return formsOf(secret).flatMap((form) => [form, backwards(form)]);
}
