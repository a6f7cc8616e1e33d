/** What changed in an agent's configuration since a person trusted it, line by line. */
import { structuredPatch } from 'diff';
import type { SteeringChange } from '../agents/trust.ts';

export interface TrustDifference {
  /** Such as `git.branchPrefix` or `CLAUDE.md of codechange`. */
  readonly name: string;
  readonly how: 'new' | 'removed' | 'changed';
  /** Every changed line in full, with the line before and after it; null where `editsMax` was not enough. */
  readonly lines: readonly string[] | null;
}

/** Comparing takes time that grows with the square of the edits: with a bound for whoever must not wait for it. */
export function trustDifference({ name, before, after }: SteeringChange, editsMax?: number): TrustDifference {
  const bound = editsMax === undefined ? {} : { maxEditLength: editsMax };
  const patch = structuredPatch('', '', before ?? '', after ?? '', '', '', { context: 1, ...bound });
  return {
    name,
    how: before === undefined ? 'new' : after === undefined ? 'removed' : 'changed',
    lines: patch?.hunks.flatMap(({ oldStart, lines }) => [`@@ line ${oldStart}`, ...lines]) ?? null,
  };
}
