/** Text as it stands in an address. */

/** `%2F` and the like as what they mean; what means nothing is left or shown as `\ufffd`, and never throws. */
export function percentDecoded(text: string): string {
  const asQuery = text.replaceAll('+', '%2B').replaceAll('&', '%26').replaceAll('#', '%23');
  return new URLSearchParams(`is=${asQuery}`).get('is') ?? '';
}
