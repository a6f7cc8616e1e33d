/** What zod finds in people's files, in the words of a person: names instead of "expected" and "received". */
import type { z } from 'zod';

/** For the `error` of a parse: undefined leaves the issue to zod's own words. A schema's own message comes first. */
export function plainIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'unrecognized_keys') return `there is no field ${issue.keys.join(', ')}`;
  if (issue.code !== 'invalid_type') return undefined;
  return issue.input === undefined ? 'is missing' : `must be of type ${issue.expected}`;
}
