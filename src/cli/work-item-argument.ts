/** The argument that names a work item. */
import { InvalidArgumentError } from 'commander';
import { parseSessionId } from '../broker/session-id.ts';
import { isRefusal } from '../refusal.ts';

/** Its number; wrong usage for anything else. */
export function workItemIdOf(text: string): number {
  const workItemId = Number(text);
  const isId = Number.isSafeInteger(workItemId) && !isRefusal(parseSessionId(`wi-${text}`));
  if (!isId) throw new InvalidArgumentError('A work item is named by its number.');
  return workItemId;
}
