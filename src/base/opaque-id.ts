/** Names for folders that reveal nothing. */
import { shortHash } from './digest.ts';

/** The same parts give the same name; 16 hex digits. */
export function opaqueId(...parts: readonly string[]): string {
  return shortHash(parts.join('\n'));
}
