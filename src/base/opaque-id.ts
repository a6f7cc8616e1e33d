/** A name for a folder that says nothing to whoever sees it. */
import { shortHash } from './digest.ts';

/** The same for the same parts; 16 hex digits. */
export function opaqueId(...parts: readonly string[]): string {
  return shortHash(parts.join('\n'));
}
