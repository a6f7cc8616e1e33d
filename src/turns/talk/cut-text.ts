/** Cuts what people wrote to what a model can take in. */

/** At most `charsMax` characters, never half of one; says how much is missing. */
export function cutText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const isHalf = (at: number) => /[\udc00-\udfff]/.test(text.charAt(at));
  const end = isHalf(charsMax) ? charsMax - 1 : charsMax;
  return `${text.slice(0, end)}\n[${text.length - end} more characters are left out: they are too many for the model.]`;
}
