/** The platform's own lines under a plan: what such work cost before, what a second look warns of, who may approve until when, and how. */
import { type GateRules, whoMayApprove } from './gate/rules.ts';
import { decideText } from './plan.ts';
import { type Warning, warningsText } from './second-look.ts';

const namesMax = 10;
const dayMs = 86_400_000;
const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10);

/** Of a long list only the first, so that the comment stays short. */
function whoText({ approvers, notRequester }: GateRules): string {
  const more = (approvers?.length ?? 0) - namesMax;
  const who = whoMayApprove({ approvers: approvers?.slice(0, namesMax), notRequester });
  return more > 0 ? `${who}, and ${more} more people of \`devops.approvers\`` : who;
}

/** It is the approval that ends, not the plan: the date is that of one given on the day of the plan. */
function endText({ maxAgeDays }: GateRules, now: number): string {
  const days = maxAgeDays === 1 ? '1 day' : `${maxAgeDays} days`;
  return `An approval holds for ${days}: one of ${dateOf(now)} until ${dateOf(now + maxAgeDays * dayMs)} (UTC).`;
}

/** Markdown; `now` is milliseconds since 1970. */
export function planLines(
  rules: GateRules,
  { cost, warnings }: { cost: string; warnings: readonly Warning[] },
  now: number,
): string {
  const { approved = 'Approved', rejected } = rules.mapping;
  return [
    '#### Before you decide',
    cost,
    ...[warningsText(warnings, 'plan') ?? []].flat(),
    `Who may approve: ${whoText(rules)}. ${endText(rules, now)}`,
    decideText(approved, rejected),
  ].join('\n\n');
}
