/** What turns cost in the last weeks: by agent, and by the phase of the work. */
import { type AgentId, isWithin } from '../agents/agent-id.ts';
import { known } from '../base/known.ts';
import type { DayUsage, UsageAmount } from '../store/usage.ts';
import { type CostKey, sumCosts, weekOf } from './cost-sums.ts';
import type { ViewSource } from './source.ts';

export interface CostSeries extends UsageAmount {
  /** An agent's id, or a phase. */
  readonly name: string;
  /** Of each week of the view. */
  readonly usdByWeek: readonly number[];
}

export interface CostsView {
  /** Only this agent and those below it. */
  readonly agentId?: string;
  /** The Monday of each, the present week last; all of them, also those that cost nothing. */
  readonly weeks: readonly string[];
  readonly usd: number;
  /** The dearest first. */
  readonly agents: readonly CostSeries[];
  readonly phases: readonly CostSeries[];
  /** What was spent before costs were kept by phase. */
  readonly usdWithoutPhase: number;
  /** Every agent that has files, for a choice. */
  readonly choices: readonly string[];
}

const weekMs = 7 * 86_400_000;
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);

function seriesOf(rows: readonly DayUsage[], key: CostKey, weeks: readonly string[]): CostSeries[] {
  const byWeek = new Map(sumCosts(rows, [key, 'week']).map(({ keys, usd }) => [`${keys[key]} ${keys.week}`, usd]));
  return sumCosts(rows, [key])
    .map(({ keys: { [key]: name = '' }, usd, tokens, turns }) => {
      return { name, usd, tokens, turns, usdByWeek: weeks.map((week) => byWeek.get(`${name} ${week}`) ?? 0) };
    })
    .sort((a, b) => b.usd - a.usd);
}

const sumOf = (series: readonly CostSeries[]) => series.reduce((sum, { usd }) => sum + usd, 0);

/** How many weeks can be chosen; the first where nothing is. */
export const weekChoices = [12, 26, 52] as const;

/** `asked` is what an address names: `agent` and `weeks`. */
export async function readCosts(
  { store: { usage }, agents, platform }: ViewSource,
  asked: Readonly<Record<string, string>>,
): Promise<CostsView> {
  const count = weekChoices.find((weeks) => String(weeks) === asked.weeks) ?? weekChoices[0];
  const last = Date.parse(weekOf(dayOf(platform.now)));
  const weeks = Array.from({ length: count }, (_, at) => dayOf(last - (count - 1 - at) * weekMs));
  const agentId = asked.agent || undefined;
  const isWanted = (row: DayUsage) => agentId === undefined || isWithin(row.agentId as AgentId, agentId as AgentId);
  const [days, phased] = await Promise.all([usage.list(weeks[0]), usage.listPhases(weeks[0])]);
  const byAgent = seriesOf(days.filter(isWanted), 'agent', weeks);
  const byPhase = seriesOf(phased.filter(isWanted), 'phase', weeks);
  const usd = sumOf(byAgent);
  return known({
    agentId,
    weeks,
    usd,
    agents: byAgent,
    phases: byPhase,
    usdWithoutPhase: Math.max(0, usd - sumOf(byPhase)),
    choices: agents.list().map(({ id }) => id),
  });
}
