/** One check of an agent or of the machine: what was found, where, and what to do if something is wrong. */
import type { JsonPath } from '../agents/config/json-lines.ts';
import type { Place } from '../agents/fault.ts';
import { OutsideError } from '../base/errors.ts';
import { startOf } from '../documents/cut.ts';
import { limits } from '../limits.ts';
import { type Code, codes, isRefusal, type Refusal } from '../refusal.ts';
import type { Finding } from '../status/finding.ts';
import { outsideRefusal } from '../work-items/outside-refusal.ts';

/** What one look found. */
export interface Found extends Omit<Finding, 'id'> {
  /** The field of jvAgent.json to change. */
  readonly at?: JsonPath | undefined;
}

/** A plain text means that all is well. */
export type Verdict = Found | Refusal | string;

export interface Check {
  readonly id: string;
  /** The field that is to blame if the verdict names none. */
  readonly at?: JsonPath | undefined;
  /** Several things can be wrong at once; each becomes a finding. */
  look(): Promise<Verdict | readonly Verdict[]> | Verdict | readonly Verdict[];
}

/** It works, but not as it should. */
export function warn(what: string, fix: string, code?: Code): Found {
  return { status: 'warn', what, fix, code };
}

export function fail(what: string, fix: string, code?: Code): Found {
  return { status: 'fail', what, fix, code };
}

/** A token with more access than it needs. */
export function tooWide(what: string): Found {
  return warn(what, codes.TOKEN_TOO_WIDE, 'TOKEN_TOO_WIDE');
}

/** What was read; undefined if the other side has no such answer, or none for this token. Throws OutsideError for the rest. */
export function unlessClosed<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    if (error instanceof OutsideError && ['missing', 'auth'].includes(error.facts.kind)) return undefined;
    throw error;
  });
}

/** Where a field stands. */
type PlaceOf = (path: JsonPath) => Partial<Place>;

function findingOf({ id, at: usual }: Check, verdict: Verdict, placeOf: PlaceOf): Finding {
  // Nothing without a field, so that the file which a verdict names itself stays.
  const placed = (at: JsonPath | undefined): Pick<Finding, 'file' | 'line'> => {
    if (!at) return {};
    const { file, line } = placeOf(at);
    return { file, line };
  };
  if (typeof verdict === 'string') return { id, status: 'ok', what: verdict, fix: '' };
  if (isRefusal(verdict)) {
    const { refused: code, why, fix } = verdict;
    return { id, status: 'fail', what: why, fix, code, ...placed(usual) };
  }
  const { at = usual, ...found } = verdict;
  return { id, ...found, ...(found.status === 'ok' ? {} : placed(at)) };
}

export interface FindingsOptions {
  readonly agentId: string;
  readonly placeOf: PlaceOf;
}

const noFile: FindingsOptions = { agentId: 'ID', placeOf: () => ({}) };

/** Runs all checks at once. If a check cannot run because the other side fails, that is a finding too, and the others go on. */
export async function findingsOf(
  checks: readonly Check[],
  { agentId, placeOf }: FindingsOptions = noFile,
): Promise<Finding[]> {
  const found = await Promise.all(
    checks.map(async (check) => {
      try {
        const verdicts = [await check.look()].flat();
        return verdicts.map((verdict) => findingOf(check, verdict, placeOf));
      } catch (error) {
        if (!(error instanceof OutsideError)) throw error;
        const { refused: code, why: what, fix } = outsideRefusal(error, agentId);
        return [{ id: check.id, status: 'fail', what, fix, code, isUnread: true } satisfies Finding];
      }
    }),
  );
  const { findingCharactersMax: charsMax } = limits;
  return found.flat().map(({ what, fix, ...rest }) => {
    return { ...rest, what: startOf(what, charsMax), fix: startOf(fix, charsMax) };
  });
}
