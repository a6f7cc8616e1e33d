/**
 * What is wrong now, from facts of one moment: each thing once, in the words of `status` and `explain`.
 *
 * Pure. Whether and when an alarm is told is decided by `alarm-step.ts`.
 */
import { type AgentId, isWithin } from '../agents/agent-id.ts';
import { limits } from '../limits.ts';
import { withNames } from '../refusal.ts';
import { failingBy, holdRefusal, looksFailBy, needsPerson, outOfMoney, stoppedBy } from '../status/agent-standing.ts';
import type { Alarm, AlarmKind } from '../status/alarm.ts';
import type { AgentFacts } from '../status/facts.ts';
import { foundText } from '../status/found.ts';
import { missedLooks, nextLookOf } from '../status/next-look.ts';
import type { Entry } from '../status/overview.ts';
import { slackStanding } from '../status/slack-standing.ts';
import type { BrokenChain } from '../store/audit.ts';
import type { Unsent } from '../store/conversations/outbox.ts';
import { meaningOf } from '../work-items/code-meaning.ts';
import { isOver } from '../work-items/phase.ts';
import { timeText } from '../work-items/time-text.ts';
import type { Seen } from './read-overview.ts';

export interface AlarmFacts extends Pick<Seen, 'agents' | 'needs'> {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Audit logs that are not whole. */
  readonly broken: readonly BrokenChain[];
  /** Of the last hour. */
  readonly unsent: readonly Unsent[];
}

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];

/** A refusal, or what is no refusal and has no code. */
interface Told {
  readonly refused: Alarm['code'];
  readonly why: string;
  readonly fix: string;
  readonly since?: number | null;
}

/** `parts` make the key, with kind and agent in front. */
function alarmOf(
  kind: AlarmKind,
  { id: agentId }: Pick<AgentFacts, 'id'>,
  told: Told,
  parts: readonly (string | number)[] = [],
): Alarm {
  const { refused: code, why, fix, since = null } = told;
  const key = [kind, agentId, ...parts].join(' ');
  return { key, kind, agentId, code, why, fix: withNames(fix, { agentId }), since, nextLookAt: null };
}

/** Turns that break again and again, of one session. */
function ofWorker(facts: AgentFacts): Alarm[] {
  return facts.sessions.flatMap(({ sessionId, workItemId, waits, wakeAt, notBefore = 0 }) => {
    if (waits?.refused !== 'CRASHED') return [];
    const nextLookAt = wakeAt === undefined ? null : Math.max(wakeAt, notBefore);
    const whose = workItemId === undefined ? {} : { workItemId };
    const fix = withNames(waits.fix, { agentId: facts.id, ...whose });
    return [{ ...alarmOf('worker', facts, { ...waits, fix }, [sessionId]), ...whose, nextLookAt }];
  });
}

/** A board that answers nothing, or is not asked. What a person must do is told as that. */
function ofBoard(facts: AgentFacts, now: number): Alarm[] {
  const { id, record } = facts;
  const fails = looksFailBy(facts);
  if (stoppedBy(facts) || (fails && (needsPerson(fails) || fails.refused === 'CRASHED'))) return [];
  const nextLookAt = nextLookOf(facts, false);
  if (fails?.refused.startsWith('OUTSIDE_')) return [{ ...alarmOf('board', facts, fails), nextLookAt }];
  const { lastLookAt } = record;
  if (lastLookAt === undefined || now - lastLookAt < limits.boardLagMinutesMin * minuteMs) return [];
  if (!missedLooks(facts, lastLookAt, limits.missedLooksMin)) return [];
  const why = `${id} has not looked at its board with success since ${timeText(lastLookAt)}`;
  const fix =
    fails?.fix ??
    `See what it does with \`jvagent logs ${id} main\`, and that \`jvagent status\` shows no turn that hangs.`;
  const told = { refused: fails?.refused ?? null, why: fails ? `${why}: ${fails.why}` : why, fix, since: lastLookAt };
  return [{ ...alarmOf('board', facts, told), nextLookAt }];
}

/** What keeps the whole agent, and a person must do something about; a pause was a person's own wish. */
function ofAgent(facts: AgentFacts): Alarm[] {
  const { record, findings } = facts;
  const keeps = stoppedBy(facts) ?? failingBy(facts);
  const alarms: Alarm[] = [];
  const nextLookAt = nextLookOf(facts, stoppedBy(facts) !== undefined);
  const isOwn = keeps && keeps.system !== 'model' && keeps.refused !== 'CRASHED' && keeps.refused !== 'PAUSED';
  if (isOwn && needsPerson(keeps)) {
    const { token } = keeps;
    const alarm =
      token === undefined ? alarmOf('agent', facts, keeps, [keeps.refused]) : alarmOf('token', facts, keeps, [token]);
    alarms.push({ ...alarm, nextLookAt });
  }
  if (record.hold) alarms.push({ ...alarmOf('hold', facts, holdRefusal(facts.id, record.hold)), nextLookAt });
  for (const finding of findings) {
    const { id, status, what, fix, code = null, at } = finding;
    if (status !== 'fail' || keeps?.why.includes(what)) continue;
    alarms.push({
      ...alarmOf('agent', facts, { refused: code, why: foundText(finding), fix, since: at }, [id]),
      nextLookAt,
    });
  }
  return alarms;
}

/** Agents whose provider or key fails in the same way are told together: one key of the platform serves many. */
function ofModels(agents: readonly AgentFacts[]): Alarm[] {
  const failing = agents.flatMap((facts) =>
    facts.record.modelFault ? [{ facts, fault: facts.record.modelFault }] : [],
  );
  const groups = Map.groupBy(failing, ({ fault }) => `model ${fault.refused} ${fault.fix}`);
  return [...groups].map(([key, all]) => {
    const [{ facts, fault }, ...others] = all.toSorted((one, other) => one.fault.since - other.fault.since) as [
      (typeof all)[number],
      ...typeof all,
    ];
    const also = others.map((other) => other.facts.id).sort();
    const why = also.length === 0 ? fault.why : `${fault.why} (so too for ${also.join(', ')})`;
    return { ...alarmOf('model', facts, { ...fault, why }), key, nextLookAt: fault.until };
  });
}

/** Tokens that expire soon. */
function ofExpiry(facts: AgentFacts, now: number): Alarm[] {
  const { id, record } = facts;
  return Object.entries(record.tokenExpiries ?? {}).flatMap(([token, at]) => {
    if (at - now > limits.tokenExpiryDays * dayMs) return [];
    const why = `${token} of ${id} ${at <= now ? 'expired' : 'expires'} at ${timeText(at)}`;
    const fix = `Make a new token with the same rights, and write it as ${token} into ${id}/secrets.env.`;
    return [alarmOf('expiry', facts, { refused: 'OUTSIDE_AUTH', why, fix }, [token])];
  });
}

/** What was spent today of what may be, by an agent or by a branch of agents; `usedUp` in the words of status, where it has some. */
function ofBudget(id: string, usd: number, usdMax: number | undefined, whose: string, usedUp?: Told): Alarm[] {
  if (!usdMax || usd < usdMax * limits.budgetShareTold) return [];
  const why = `${whose} used ${usd.toFixed(2)} of the ${usdMax} USD of today (limits.dayUsdMax in ${id}/jvAgent.json)`;
  const fix = `Nothing to do if you expected that: once it is used up, the rest waits until tomorrow (UTC). Or raise limits.dayUsdMax in ${id}/jvAgent.json.`;
  return [alarmOf('budget', { id }, usedUp ?? { refused: 'BUDGET_DAY', why, fix })];
}

/** Each agent's own, and those that agents share with the others below an ancestor. */
function ofBudgets({ agents, now }: AlarmFacts): Alarm[] {
  const own = agents.flatMap((facts) => {
    const { id, agent, usdToday } = facts;
    return ofBudget(id, usdToday, agent?.limits.dayUsdMax, id, outOfMoney(facts));
  });
  const shared = new Map(
    agents.flatMap(({ agent }) =>
      (agent?.branchLimits ?? []).map((branch) => [branch.agentId, branch.limits.dayUsdMax]),
    ),
  );
  const ofBranches = [...shared].flatMap(([branch, usdMax]) => {
    const within = agents.filter(({ id }) => isWithin(id as AgentId, branch));
    const usd = within.reduce((sum, { usdToday }) => sum + usdToday, 0);
    return ofBudget(branch, usd, usdMax, `${branch} and the agents below it`);
  });
  const told = new Set(own.map(({ key }) => key));
  const tomorrow = (Math.floor(now / dayMs) + 1) * dayMs;
  return [...own, ...ofBranches.filter(({ key }) => !told.has(key))].map((alarm) => ({
    ...alarm,
    nextLookAt: tomorrow,
  }));
}

/** An app is told once, whichever agents use it. */
function ofSlack(agents: readonly AgentFacts[]): Alarm[] {
  const alarms = agents.flatMap((facts) => {
    const { slackApp, platform } = facts;
    const standing = slackStanding(facts.id, slackApp, platform.isUp);
    if (!standing || !slackApp) return [];
    return [
      { ...alarmOf('slack', facts, { ...standing.refusal, since: standing.since }), key: `slack ${slackApp.name}` },
    ];
  });
  return [...new Map(alarms.toReversed().map((alarm) => [alarm.key, alarm])).values()].toReversed();
}

/** What keeps every work item of an agent, though only those that are in work meet it. */
function isOfAll(code: Alarm['code'], phase: Entry['phase']): boolean {
  const isOne = code === null || code === 'OUTSIDE_REFUSED' || (phase !== null && isOver(phase));
  return !isOne && meaningOf({ refused: code }).failsAgent === true;
}

/** How long a work item waits for a person until that is told, in milliseconds. */
export const toldAfterMs = ({ agent }: Pick<AgentFacts, 'agent'>): number =>
  (agent?.config.approval.remindAfterHours ?? 24) * hourMs;

/** A dead token is told once an agent, whichever work items meet it; else what has waited too long for a person. */
function ofItem({ workItemId, title: _, ...entry }: Entry, agents: readonly AgentFacts[], now: number): Alarm[] {
  const { agentId, code, why, fix, since, nextLookAt, phase, token, waitingFor } = entry;
  const facts = agents.find(({ id }) => id === agentId);
  // Its model is told of by itself.
  if (!facts || workItemId === undefined || waitingFor === 'model') return [];
  const told = { refused: code, why: why ?? '', fix: fix ?? '', since };
  if (token !== undefined) return [{ ...alarmOf('token', facts, told, [token]), workItemId, nextLookAt }];
  if (isOfAll(code, phase)) return [{ ...alarmOf('agent', facts, told, [code ?? '']), workItemId, nextLookAt }];
  if (since === null || now - since < toldAfterMs(facts)) return [];
  return [{ ...alarmOf('waiting', facts, told, [workItemId, phase ?? '']), workItemId, nextLookAt }];
}

/** Whether an alarm follows from what needs a person. */
export const givesAlarm = (need: Entry, facts: AgentFacts, now: number): boolean =>
  ofItem(need, [facts], now).length > 0;

function ofAudit({ agentId: id, brokenAt, why }: BrokenChain): Alarm {
  const told = `the audit log of ${id || 'the platform'} is broken at entry ${brokenAt}: ${why}`;
  const fix = `Copy .jvagent/state aside before anybody changes it, then run \`jvagent audit verify${id && ` ${id}`}\`.`;
  return alarmOf('audit', { id }, { refused: null, why: told, fix });
}

function ofUnsent({ agentId: id, count, last, at }: Unsent): Alarm {
  const what = count === 1 ? '1 message' : `${count} messages`;
  const why = `${what} of ${id || 'the platform'} could not be sent, the last because ${last.why}`;
  return alarmOf('unsent', { id }, { ...last, why, since: at });
}

/** Each key once: the first that is told of it. */
export function alarmsOf(facts: AlarmFacts): Alarm[] {
  const { agents, needs, broken, unsent, now } = facts;
  const all = [
    ...agents.flatMap((one) => [...ofAgent(one), ...ofBoard(one, now), ...ofWorker(one)]),
    ...ofModels(agents),
    ...agents.flatMap((one) => ofExpiry(one, now)),
    ...ofBudgets(facts),
    ...ofSlack(agents),
    ...needs.flatMap((entry) => ofItem(entry, agents, now)),
    ...broken.map(ofAudit),
    ...unsent.map(ofUnsent),
  ];
  return [...new Map(all.toReversed().map((alarm) => [alarm.key, alarm])).values()].toReversed();
}
