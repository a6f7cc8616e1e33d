/** Changes rich text like Azure DevOps when it is stored: HTML never comes back byte for byte. */

/** `<p>x</p>` gets a space before its end tag, and characters outside the basic plane become entities. */
export function rewriteHtml(text: string): string {
  return text
    .replace(/(\S)<\/p>/gi, '$1 </p>')
    .replace(/[\u{10000}-\u{10FFFF}]/gu, (character) => `&#${character.codePointAt(0)};`);
}

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
