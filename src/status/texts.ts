/** How a work item stands, as people read it: the comment on the work item that is edited as it moves, and a few words for a chat. */

import { startOf } from '../documents/cut.ts';
import { sanitizeLine, sanitizeLines } from '../documents/lines.ts';
import { type Refusal, withNames } from '../refusal.ts';
import { meaningOf } from '../work-items/code-meaning.ts';
import { isOver } from '../work-items/phase.ts';
import { warningsText } from '../work-items/second-look.ts';
import { timeText } from '../work-items/time-text.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import { phaseWait, type StatusNames } from './phase-waits.ts';

/** What keeps the item, the first that is known: why it rests, a rule of the board, its last refusal. */
function keepsOf({ phase, restsFor, barred, refusal }: WorkItem): Refusal | undefined {
  return isOver(phase) ? (barred?.refusal ?? refusal) : (restsFor ?? barred?.refusal ?? refusal);
}

interface Told {
  /** `Waits for ...`; undefined where nothing is left to wait for. */
  readonly waits: string | undefined;
  readonly why: string | undefined;
  readonly fix: string | undefined;
}

function toldOf(item: WorkItem, names: StatusNames): Told {
  const wait = phaseWait(item, names);
  const keeps = keepsOf(item);
  if (!keeps) return { waits: wait.waitingFor ?? undefined, why: wait.why ?? undefined, fix: wait.fix ?? undefined };
  const isBarred = keeps === item.barred?.refusal;
  const own = isOver(item.phase) || isBarred ? undefined : meaningOf(keeps).waitsFor;
  const model = keeps.system === 'model' ? "the model's provider" : own;
  const why = isBarred ? `a rule of the board refuses this agent's change of the work item: ${keeps.why}` : keeps.why;
  return {
    waits: model ?? wait.waitingFor ?? undefined,
    why: `${keeps.refused}: ${why}`,
    fix: withNames(keeps.fix, { agentId: names.agentId, workItemId: item.workItemId }),
  };
}

const closed = (text: string | undefined) => text && (/[.!?]$/.test(text) ? text : `${text}.`);
const capital = (text: string | undefined) => text && `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Markdown, one fact a paragraph. `names` has no page: it is read on that page. */
export function statusComment(item: WorkItem, names: Omit<StatusNames, 'page'>): string {
  const { phase, since, review, change, deployment } = item;
  const { waits, why, fix } = toldOf(item, names);
  const lines = [
    `**${phase}**${since === undefined ? '' : ` since ${timeText(since)}`}`,
    waits && `Waits for ${waits}.`,
    closed(capital(why)),
    closed(fix),
    review && !fix?.includes(review.url) && `Pull request: ${review.url}`,
    warningsText(change?.commit?.warnings ?? [], 'change'),
    deployment?.deployedSha && `Deployed commit: ${deployment.deployedSha}`,
  ];
  return lines.filter(Boolean).join('\n\n');
}

const titleCharsMax = 200;
const whyCharsMax = 500;

/** The same in a few words, with nothing in them that a chat obeys; undefined before the work item was claimed. */
export function statusPost(item: WorkItem, names: StatusNames): string | undefined {
  const { workItemId, title, phase } = item;
  if (phase === 'intake') return undefined;
  const { waits } = toldOf(item, names);
  const keeps = keepsOf(item);
  const lines = [
    `Work item ${workItemId}, ${startOf(sanitizeLine(title), titleCharsMax)}: ${phase}.`,
    waits && `Waits for ${waits}.`,
    keeps && `${keeps.refused}: ${startOf(sanitizeLine(keeps.why), whyCharsMax)}`,
  ];
  return sanitizeLines(lines.filter(Boolean).join('\n'));
}
