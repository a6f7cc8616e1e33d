/** GUIDs for things that Azure DevOps identifies by GUID. */
import { createHash } from 'node:crypto';

/** A GUID derived from text, so that ids are the same on every start. */
export function guidOf(text: string): string {
  const hex = createHash('sha256').update(text.toLowerCase()).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
