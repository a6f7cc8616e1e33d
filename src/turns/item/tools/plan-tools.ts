/** The tools by which a turn submits what people decide: a plan, a revised plan while it is carried out, a question. */
import { isDeepStrictEqual } from 'node:util';
import { type Redact, redactValue } from '../../../base/redact.ts';
import type { Repository } from '../../../git/repository.ts';
import { isRefusal, type Refusal, refuse } from '../../../refusal.ts';
import { createAskTool } from '../../../tools/shipped/ask.ts';
import { createSubmitPlanTool } from '../../../tools/shipped/submit-plan.ts';
import type { PlatformTool } from '../../../tools/tool.ts';
import { type Plan, plannedPaths, writePlan } from '../../../work-items/plan.ts';
import type { PostedPlan } from '../../../work-items/work-item.ts';
import { planBoundsOf } from '../plan-shown.ts';
import type { Round } from '../turn.ts';
import { type GitWork, headOf, readWork } from './git-commit.ts';

/** Paths of a plan that do not fit the commit it is made on. */
async function checkFiles(plan: Plan, repository: Repository, sha: string): Promise<Refusal | undefined> {
  for (const { path, change } of plan.files) {
    const exists = await repository.exists(sha, path);
    if (exists === (change === 'new')) {
      const why = exists
        ? `${path} exists already, so mark it "edit" or "delete"`
        : `${path} does not exist, so mark it "new"`;
      return refuse('TOOL_PATH', why, 'Name each file literally, as it is in the repository.');
    }
  }
  return undefined;
}

/** The plan as people may read it; a path that contains a secret can be shown to nobody. */
function shownPlan(plan: Plan, redact: Redact): Plan | Refusal {
  const shown = redactValue(redact, plan);
  const hidden = shown.files.find(({ path }, at) => path !== plan.files[at]?.path);
  if (!hidden) return shown;
  const fix = 'A person must change the secret, or rename the file.';
  return refuse('TOOL_PATH', `a plan is shown to people, and the path ${hidden.path} contains a secret`, fix);
}

/** The work so far must fit into the plan that takes the place of the approved one. */
async function checkRevision(plan: Plan, before: PostedPlan, work: GitWork) {
  if (isDeepStrictEqual(plan, before.plan)) {
    return refuse('OUT_OF_PLAN', 'this is the plan that was approved', 'Carry it out, or name the files it lacks.');
  }
  const { repository } = work.turn.connections;
  const reading = await readWork(work, plan);
  if (isRefusal(reading)) return reading;
  const committed = await repository.changedPaths(work.tree.base, headOf(work).sha);
  const named = plannedPaths(plan);
  const missing = [...committed, ...reading.changes.map(({ path }) => path)].filter((path) => !named.has(path));
  if (missing.length === 0) return checkFiles(plan, repository, before.baseSha);
  const fix = 'Name them too, or set them back with git-ops checkout.';
  return refuse(
    'OUT_OF_PLAN',
    `your work changes ${[...new Set(missing)].slice(0, 5).join(', ')}, which it lacks`,
    fix,
  );
}

function submitTool(work: GitWork, { phase, tree, tile, drive, product }: Round): PlatformTool | undefined {
  const { redact, connections } = work.turn;
  const { workItemId, contentHash } = tile;
  const bounds = planBoundsOf(work.turn);
  const submitted = (plan: Plan) => ({ kind: 'plan-submitted', ...writePlan(workItemId, plan, bounds) }) as const;
  if (phase === 'planning') {
    return createSubmitPlanTool(bounds, async (wanted) => {
      const plan = shownPlan(wanted, redact);
      if (isRefusal(plan)) return plan;
      const refusal = await checkFiles(plan, connections.repository, tree.sha);
      if (!refusal) product.event = { ...submitted(plan), baseSha: tree.sha, contentHash };
      return refusal;
    });
  }
  const approved = drive.item().plan;
  if (phase !== 'executing' || !approved) return undefined;
  return createSubmitPlanTool(bounds, async (wanted) => {
    const plan = shownPlan(wanted, redact);
    if (isRefusal(plan)) return plan;
    const refusal = await checkRevision(plan, approved, work);
    if (!refusal) product.event = { ...submitted(plan), baseSha: approved.baseSha, contentHash: approved.contentHash };
    return refusal;
  });
}

export function planTools(work: GitWork, round: Round): PlatformTool[] {
  const ask = createAskTool(async (question) => {
    round.product.event = { kind: 'question-asked', question: work.turn.redact(question) };
    return undefined;
  });
  const submit = submitTool(work, round);
  return submit ? [submit, ask] : [ask];
}
