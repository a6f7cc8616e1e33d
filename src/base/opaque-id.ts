/** A name for a folder that says nothing to whoever sees it. */
import { createHash } from 'node:crypto';

/** The same for the same parts; 16 hex digits. */
export function opaqueId(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}
