/** Everything at once, in one order: what needs a person, what waits by itself, what runs, what ended in the last 24 hours. */
import { known } from '../base/known.ts';
import { differenceOf, requestLine } from '../conversations/proposal-text.ts';
import { withNames } from '../refusal.ts';
import { whoMayApprove } from '../work-items/gate/rules.ts';
import { isOver } from '../work-items/phase.ts';
import { timeText } from '../work-items/time-text.ts';
import { agentStanding, failingBy, holdRefusal, needsPerson, stoppedBy } from './agent-standing.ts';
import { type AgentFacts, type ItemFacts, isRunning } from './facts.ts';
import { foundText } from './found.ts';
import { type Group, itemStanding, type Standing } from './item-standing.ts';
import { slackStanding } from './slack-standing.ts';

/** One line under a heading: a work item, or an agent as a whole. */
export interface Entry extends Standing {
  readonly agentId: string;
  readonly workItemId?: number;
  readonly title?: string;
  /** Milliseconds since 1970; null where it is not known. */
  readonly since: number | null;
  /** Where people see the work item, and its pull request. */
  readonly page?: string;
  readonly pullRequest?: string;
  /** The name of the secret that the other side does not accept, where that is why. */
  readonly token?: string;
}

/** What a person must do, as `status --json` prints it. Its code is null where nothing is wrong: people are asked to decide. */
export interface Need extends Entry {
  readonly why: string;
  readonly fix: string;
  /** Who is to act. */
  readonly asked: string;
}

export type Overview = Readonly<Record<Group, readonly Entry[]>>;

/** How texts for people name each group. */
export const headings = {
  needs: 'Needs a person',
  waits: 'Waits by itself',
  running: 'Running',
  ended: 'Ended in the last 24 hours',
} as const satisfies Record<Group, string>;

/** For how long what has ended is told of. */
export const dayMs = 86_400_000;

/** What keeps a whole agent: said once, not for each of its work items. */
function agentEntries(facts: AgentFacts): (Entry & { group: Group })[] {
  const { id, record, platform } = facts;
  const { nextLookAt } = agentStanding(facts);
  const base = { agentId: id, phase: null, waitingFor: null, nextLookAt };
  const stopped = stoppedBy(facts);
  const keeps = stopped ?? failingBy(facts);
  const since = stopped?.refused === 'PAUSED' ? (record.pausedAt ?? platform.pausedAt) : keeps?.since;
  const entries: (Entry & { group: Group })[] = [];
  if (keeps) {
    const { refused: code, why } = keeps;
    const fix = withNames(keeps.fix, { agentId: id });
    entries.push({ ...base, code, why, fix, since: since ?? null, group: needsPerson(keeps) ? 'needs' : 'waits' });
  }
  if (record.hold) {
    const { refused: code, why, fix, since: heldSince = null } = holdRefusal(id, record.hold);
    entries.push({ ...base, code, why, fix, since: heldSince, group: 'needs' });
  }
  const slack = slackStanding(id, facts.slackApp, platform.isUp);
  if (slack) {
    const { refused: code, why, fix } = slack.refusal;
    entries.push({ ...base, code, why, fix, since: slack.since, group: slack.needsPerson ? 'needs' : 'waits' });
  }
  const found = facts.findings.filter(({ status, what }) => status === 'fail' && !keeps?.why.includes(what));
  for (const finding of found) {
    const { code = null, fix, at } = finding;
    entries.push({ ...base, code, why: foundText(finding), fix, since: at, group: 'needs' });
  }
  for (const { id: proposalId, request, before, expiresAt, at } of facts.proposals) {
    const what = `${requestLine(request)} (${differenceOf({ request, before }).join('; ')})`;
    const why = `proposes ${what} on its instance; open until ${timeText(expiresAt)}`;
    const fix = `See it with \`jvagent proposals ${id}\`, then \`jvagent confirm ${id} ${proposalId}\` or \`jvagent decline ${id} ${proposalId}\`.`;
    entries.push({ ...base, waitingFor: 'a person who decides', code: null, why, fix, since: at, group: 'needs' });
  }
  return entries;
}

/** Work items; one that is kept by what keeps the whole agent is listed among those that wait. */
function itemEntry(facts: ItemFacts): Entry & { group: Group } {
  const { session, workItemId, agent } = facts;
  const { group, isAgents, ...standing } = itemStanding(facts);
  const { item, waits } = session ?? {};
  const shown = known({ title: item?.title || undefined, page: facts.page, pullRequest: item?.review?.url });
  const since = waits?.since ?? item?.since ?? null;
  const isHeld = standing.code === 'HOLD' && item?.phase === 'deploying';
  return {
    ...standing,
    agentId: agent.id,
    workItemId,
    ...shown,
    since,
    group: group === 'needs' && (isAgents || isHeld) ? 'waits' : group,
  };
}

/** Sessions of work items that are told of: not over, or over for less than a day, or failed. */
export function isTold({ sessions, platform: { now } }: AgentFacts): number[] {
  return sessions.flatMap(({ workItemId, item, waits, ...session }) => {
    if (workItemId === undefined || (!item && !waits && !isRunning(session, now))) return [];
    const isOld = item && isOver(item.phase) && item.phase !== 'failed' && now - (item.since ?? 0) > dayMs;
    return isOld && !item.barred ? [] : [workItemId];
  });
}

const order: readonly Group[] = ['needs', 'waits', 'running', 'ended'];

export function overviewOf(agents: readonly AgentFacts[], items: readonly ItemFacts[]): Overview {
  const all = [...agents.flatMap(agentEntries), ...items.map(itemEntry)];
  const inGroup = (wanted: Group) =>
    all
      .filter(({ group }) => group === wanted)
      .map(({ group: _group, ...entry }): Entry => entry)
      .sort((a, b) => (a.since ?? 0) - (b.since ?? 0));
  return Object.fromEntries(order.map((group) => [group, inGroup(group)])) as unknown as Overview;
}

/** By name where the configuration names them. */
function askedOf({ phase, code, agentId, waitingFor }: Entry, agents: readonly AgentFacts[]): string {
  const { config } = agents.find(({ id }) => id === agentId)?.agent ?? {};
  if (code !== null) return 'whoever runs this platform';
  if (phase === 'needs-info') return 'whoever knows the answer';
  if (phase === 'pr-created') return 'whoever reviews and merges';
  if (phase !== 'plan-ready' || !config) return waitingFor ?? 'whoever runs this platform';
  return whoMayApprove({ approvers: config.devops?.approvers, notRequester: config.approval?.notRequester ?? false });
}

export function needsOf({ needs }: Overview, agents: readonly AgentFacts[]): Need[] {
  return needs.map((entry) => ({
    ...entry,
    why: entry.why ?? '',
    fix: entry.fix ?? '',
    asked: askedOf(entry, agents),
  }));
}
