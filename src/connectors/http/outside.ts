/** What an outside system's refusal means for us, and the only place where a permit is used. */

import { z } from 'zod';
import { OutsideError, type OutsideErrorFacts } from '../../base/errors.ts';
import { startOf } from '../../documents/cut.ts';
import type { AnyPermit, AnyPermitKind, PermitUse } from '../../work-items/gate/permit.ts';

export interface Asked {
  /** "Azure DevOps (acme)" */
  system: string;
  /** "PATCH /acme/_apis/wit/workItems/7" */
  request: string;
}

/** The maximum length of the other side's message in an error. */
export const messageCharsMax = 500;

const kinds: Readonly<Record<number, OutsideErrorFacts['kind']>> = {
  401: 'auth',
  403: 'auth',
  404: 'missing',
  408: 'failed',
  409: 'conflict',
  410: 'missing',
  412: 'conflict',
  429: 'limited',
};

export function kindOfStatus(status: number): OutsideErrorFacts['kind'] {
  return kinds[status] ?? (status >= 500 ? 'failed' : 'refused');
}

/** Whether a request that ended this way may have been executed. */
export function maybeDone(method: string, kind: OutsideErrorFacts['kind']): boolean {
  return method !== 'GET' && (kind === 'failed' || kind === 'unreachable');
}

/** The address of the next page in a Link header (RFC 8288), as it stands there; undefined on the last page. */
export function nextLink(header: string | null | undefined): string | undefined {
  return /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(header ?? '')?.[1];
}

/** A list as it was read, and whether that is all of it. */
export interface Listed<T> {
  rows: T[];
  isWhole: boolean;
}

/** Pages of one list that are read at most. */
export const pagesMax = 50;

/** The rows of a list that was read to its end. A list that was cut tells nothing of what is missing: that throws an OutsideError. */
export function wholeOf<T>({ rows, isWhole }: Listed<T>, asked: Asked): T[] {
  if (isWhole) return rows;
  const why = `has more than the ${rows.length} entries that were read, so what the others say is not known`;
  throw new OutsideError(`${asked.system}: ${asked.request} ${why}`, { ...asked, kind: 'failed' });
}

/**
 * Uses the permit for the next request.
 * Throws an OutsideError whose `typeKey` is the code of the refusal: `limited` for an expired permit, because a new one may work.
 */
export function spend(permit: AnyPermit, allowed: readonly AnyPermitKind[], use: PermitUse, asked: Asked): void {
  const refusal = permit.spend(allowed, use);
  if (!refusal) return;
  throw new OutsideError(`${asked.system}: ${asked.request} was not sent: ${refusal.why}`, {
    ...asked,
    kind: refusal.refused === 'GATE_UNVERIFIABLE' ? 'limited' : 'refused',
    typeKey: refusal.refused,
  });
}

/** A date in text form, converted to milliseconds since 1970. */
export const moment = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), 'a date')
  .transform((text) => Date.parse(text));

/** Returns the value if it matches the schema; otherwise throws an OutsideError. */
export function shaped<T>(schema: z.ZodType<T>, value: unknown, asked: Asked, mutates = false): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const why = startOf(z.prettifyError(parsed.error).replace(/\s+/g, ' '), messageCharsMax);
  throw new OutsideError(`${asked.system}: ${asked.request} sent an answer of an unexpected form: ${why}`, {
    ...asked,
    kind: 'failed',
    maybeDone: mutates || undefined,
  });
}
