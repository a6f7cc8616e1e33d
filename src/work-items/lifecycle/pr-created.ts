/** The rows of an open pull request: repaired on the same branch, under the same plan, until people merge it or close it. */
import { refuse } from '../../refusal.ts';
import type { Behind, WorkItem } from '../work-item.ts';
import { afterMerge } from './deploying.ts';
import type { Rows } from './events.ts';
import { executingRows, withoutReview } from './executing.ts';
import { end, planStale, stay } from './moves.ts';
import { askRepair, asPushed, notRepaired, sayOnTile } from './repair.ts';

const whose = { target: 'The target branch', branch: 'People pushed to the branch of this change; it' } as const;

function conflictText({ of, files }: Behind): string {
  return `${whose[of]} changed the same lines. These files show both sides between conflict marks: ${files.join(', ')}.`;
}

const stays = ({ pullRequest }: WorkItem) => `Pull request ${pullRequest?.number} stays as it is.`;

export const prCreatedRows: Rows = {
  merged: (item, { mergedSha }, rules) => afterMerge(item, mergedSha, rules),
  'pull-request-closed': (item, { why }) => end(item, 'cancelled', refuse('GATE_STATE', why)),
  steered: (item, { feedback, heard }, rules) => {
    const told = { ...item, heard: [...(item.heard ?? []), ...heard] };
    return askRepair(told, `What was said and found on the pull request:\n\n${feedback}`, rules);
  },
  'fell-behind': (item, { behind }, rules) => {
    const seen = { ...item, behind };
    if (behind.needs === 'git') return stay(seen);
    if (behind.needs === 'engine') return askRepair(seen, conflictText(behind), rules);
    const names = behind.files.slice(0, 5).join(', ');
    const why = `there are conflicts in ${names}, and the approved plan does not name all of these files`;
    const mend = `Merge by hand on \`${item.branch}\`; the platform goes on from there.`;
    return notRepaired(seen, refuse('CONFLICT', why, mend));
  },
  'caught-up': ({ behind, ...item }) => stay(item),
  'change-made': executingRows['change-made'],
  'left-as-is': (item, { words }) => {
    const { hint, ...rest } = item.behind?.of === 'branch' ? asPushed(item) : item;
    return sayOnTile({ ...rest, attempts: 0 }, `**Nothing was changed** on the pull request. ${words}`);
  },
  'question-asked': ({ hint, ...item }, { question }) =>
    sayOnTile(item, `**A question about the change.** ${question}\n\nAnswer on the pull request.`),
  'turn-fell-short': (item, { why, code }, rules) => {
    const attempts = item.attempts + 1;
    if (attempts < rules.attemptsMax) return stay({ ...item, attempts, hint: item.hint ?? why });
    return notRepaired(
      { ...item, attempts: 0 },
      refuse(code ?? 'ATTEMPTS', `${attempts} turns ended without a repair: ${why}`),
    );
  },
  'plan-stale': (item, { refusal }) => notRepaired(item, refusal),
  moved: (item, { to, why }, rules) => {
    const refusal = refuse('GATE_STATE', why);
    if (to === 'new') return planStale(item, { ...refusal, why: `${why}. ${stays(item)}` }, rules);
    if (to === 'planReady') return stay({ ...withoutReview(item), phase: 'plan-ready', refusal });
    return end(item, 'cancelled', refusal, stays(item));
  },
  gone: executingRows.gone,
  'gave-up': executingRows['gave-up'],
  'effect-done': executingRows['effect-done'],
  'effect-refused': executingRows['effect-refused'],
};
