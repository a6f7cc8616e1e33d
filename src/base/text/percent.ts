/** Percent-encoded text in urls. */

/** Decodes `%2F` and so on. Invalid sequences are kept or become `\ufffd`; never throws. */
export function percentDecoded(text: string): string {
  const asQuery = text.replaceAll('+', '%2B').replaceAll('&', '%26').replaceAll('#', '%23');
  return new URLSearchParams(`is=${asQuery}`).get('is') ?? '';
}
