/** Whether what the work changes is what people approved: the planned paths, and at each path the planned kind of change. */
import type { CodeChangeAgent } from '../../../agents/agent.ts';
import { createGlob } from '../../../base/text/glob.ts';
import type { Change } from '../../../git/change.ts';
import type { ListedPath } from '../../../git/history.ts';
import type { Repository } from '../../../git/repository.ts';
import { oidOf } from '../../../git/tree/content.ts';
import { type Refusal, refuse } from '../../../refusal.ts';
import type { Plan } from '../../../work-items/plan.ts';
import type { WorkItem } from '../../../work-items/work-item.ts';

type Kind = Plan['files'][number]['change'];

const beyondPlan =
  'Set them back with git-ops checkout. If the change needs them, call submit-plan with every file that it needs, and end your turn: your work is kept and goes on once that plan is approved.';
const beyondReview = 'Set them back with git-ops checkout: what goes beyond the plan is a work item of its own.';

/** What was done to a planned file, if its plan does not allow that. `before` is the file where the whole change began. */
function beyondKind(change: Change, planned: Kind, before: ListedPath): string | undefined {
  if (change.deleted) return planned === 'delete' ? undefined : 'your work deletes it';
  const becomesLink = change.mode === '120000' && before.mode !== '120000';
  if (planned === 'delete') {
    const isAsBefore = change.mode === before.mode && oidOf(change.bytes) === before.oid;
    return isAsBefore ? undefined : 'your work keeps it with other content';
  }
  return becomesLink ? 'your work makes it a symbolic link' : undefined;
}

/** Each change of another kind than planned, in words. A file that the work itself created may be removed again. */
async function otherKinds(repository: Repository, base: string, changes: readonly Change[], plan: Plan) {
  const kinds = new Map(plan.files.map(({ path, change }) => [path, change]));
  const doubtful = changes.filter(
    (change) => change.deleted || change.mode === '120000' || kinds.get(change.path) === 'delete',
  );
  if (doubtful.length === 0) return [];
  const before = new Map((await repository.list(base)).map((entry) => [entry.path, entry]));
  return doubtful.flatMap((change) => {
    const [planned, entry] = [kinds.get(change.path), before.get(change.path)];
    const done = planned && entry && beyondKind(change, planned, entry);
    return done ? [`the approved plan says "${planned}: ${change.path}", but ${done}`] : [];
  });
}

/** What is judged, and by what. */
export interface PlannedWork {
  agent: CodeChangeAgent;
  repository: Repository;
  item: WorkItem;
  /** The commit of the target branch that the whole change is measured against. */
  base: string;
}

/** Why these changes may not be committed, if they may not: the plan's paths and kinds, then `git.paths`. */
export async function checkChanges(
  { agent, repository, item, base }: PlannedWork,
  changes: readonly Change[],
): Promise<Refusal | undefined> {
  const plan = item.plan?.plan;
  if (agent.config.approval.outOfPlan === 'block') {
    const planned = new Set(plan?.files.map(({ path }) => path));
    const outside = changes.map(({ path }) => path).filter((path) => !planned.has(path));
    const fix = item.review ? beyondReview : beyondPlan;
    if (outside.length > 0) {
      return refuse('OUT_OF_PLAN', `the approved plan does not name ${outside.slice(0, 5).join(', ')}`, fix);
    }
    const others = plan ? await otherKinds(repository, base, changes, plan) : [];
    if (others.length > 0) return refuse('OUT_OF_PLAN', others.slice(0, 5).join('; '), fix);
  }
  const allowed = agent.git.paths?.map(createGlob);
  const denied = allowed && changes.find(({ path }) => !allowed.some((matches) => matches(path)));
  return denied ? refuse('TOOL_PATH', `${denied.path} is outside git.paths`) : undefined;
}
