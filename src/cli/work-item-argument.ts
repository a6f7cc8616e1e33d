/** The argument that names a work item. */
import { InvalidArgumentError } from 'commander';
import { parseSessionId } from '../broker/session-id.ts';
import { isRefusal } from '../refusal.ts';

/** Its number; wrong usage for anything else. */
export function workItemIdOf(text: string): number {
  const workItemId = Number(text);
  const isId = Number.isSafeInteger(workItemId) && !isRefusal(parseSessionId(`wi-${text}`));
  if (!isId) throw new InvalidArgumentError('Use the number of the work item, such as 12.');
  return workItemId;
}
