/** The one comment on a tile that always says how its item stands: when it is written anew, and what it says. */

import { startOf } from '../../documents/cut.ts';
import { sanitizeLine, sanitizeLines } from '../../documents/lines.ts';
import type { Phase } from '../phase.ts';
import type { WorkItem } from '../work-item.ts';
import type { Decision } from './events.ts';
import { counted } from './moves.ts';

/** What an item waits for in a phase; null when nothing is left to wait for. */
export const waitingFor: Readonly<Record<Phase, string | null>> = {
  intake: 'its first turn',
  planning: "the agent's plan",
  'needs-info': "a person's answer on the work item",
  'plan-ready': "a person's decision on the plan: approved or rejected",
  executing: "the agent's change and the tests of it on the host",
  'pr-created': 'people to review and merge the pull request',
  deploying: 'the deployment of the merged change',
  deployed: null,
  cancelled: 'a person who moves the work item to new or approved, or a retry',
  refused: 'a person who moves the work item to new or approved, or a retry',
  failed: 'a person who looks, then moves the work item to new or approved, or a retry',
};

/** Minutes are enough, and UTC is everybody's. */
const timeText = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** How the item stands, as people read it: Markdown, one fact a line. */
export function statusText({ phase, since, review, deployment, refusal, barred }: WorkItem): string {
  const waits = waitingFor[phase];
  const lines = [
    `**${phase}**${since === undefined ? '' : ` since ${timeText(since)}`}`,
    waits && `Waits for ${waits}.`,
    review && `Pull request: ${review.url}`,
    deployment?.deployedSha && `Deployed commit: ${deployment.deployedSha}`,
    refusal && `Last refusal: ${refusal.refused}, ${refusal.why}.`,
    barred && `A rule of the board refuses this agent's change of the work item: ${barred.refusal.why}.`,
  ];
  return lines.filter(Boolean).join('\n\n');
}

/** The same in a few words for a chat, with nothing in them that a chat obeys; undefined before it was claimed. */
export function statusPost({ workItemId, title, phase, review, refusal }: WorkItem): string | undefined {
  if (phase === 'intake') return undefined;
  const waits = waitingFor[phase];
  const lines = [
    `Work item ${workItemId}, ${startOf(sanitizeLine(title), titleCharsMax)}: ${phase}.`,
    waits && `Waits for ${waits}.`,
    refusal && `${refusal.refused}: ${startOf(sanitizeLine(refusal.why), whyCharsMax)}`,
  ];
  const words = sanitizeLines(lines.filter(Boolean).join('\n'));
  return review ? `${words}\n${review.url}` : words;
}

const titleCharsMax = 200;
const whyCharsMax = 500;

/** Notes when the item came into its phase, and has its status comment say what is so now. `at` is milliseconds since 1970. */
export function withStatus(before: WorkItem, decision: Decision, at: number): Decision {
  const { item, intents } = decision;
  const since = item.phase === before.phase ? (before.since ?? at) : at;
  const now = { ...item, since };
  // Nothing is written on a tile before it is claimed.
  if (item.phase === 'intake' || statusText(now) === statusText(before)) return decision;
  const nth = before.counts.told + 1;
  return { ...decision, item: counted(now, { told: nth }), intents: [...intents, { kind: 'tell', nth }] };
}
