/**
 * What a look at the board would start now, and why not the rest; nothing is written anywhere and no model is asked.
 *
 * items in our start states, whatever their tag and type + items in work -> for each: would it start, and if not, why
 */
import type { Agent, CodeChangeAgent } from '../agents/agent.ts';
import { checkStates } from '../connections/check-states.ts';
import { type Code, type Refusal, refuse } from '../refusal.ts';
import type { StoredSession } from '../store/session-rows.ts';
import { isOver, type Phase } from '../work-items/phase.ts';
import type { TileSummary, Tracker } from '../work-items/tracker.ts';

interface PreviewedItem {
  readonly workItemId: number;
  readonly type: string;
  readonly state: string;
  /** Null while nobody has taken it up. */
  readonly phase: Phase | null;
  readonly starts: boolean;
  readonly code: Code | null;
  readonly why: string | null;
}

export interface BoardPreview {
  readonly agentId: string;
  /** Why nothing starts at all. */
  readonly stopped: { readonly code: Code; readonly why: string; readonly fix: string } | null;
  readonly items: readonly PreviewedItem[];
}

export interface PreviewOptions {
  agent: CodeChangeAgent;
  /** Of all types and tags of the agent's area. */
  tracker: Tracker;
  sessions: readonly StoredSession[];
  /** Pause, faults, trust or budget. */
  stopped: Refusal | undefined;
}

/** The agent as one that takes every work item of its area, to say of those that it does not take why not. */
export function withoutFilters(agent: CodeChangeAgent): CodeChangeAgent {
  const { workItemTypes, requiredTag, ...devops } = agent.devops;
  return { ...agent, devops };
}

const lower = (text: string) => text.toLowerCase();

function notTaken({ devops }: CodeChangeAgent, { type, tags }: TileSummary): string | undefined {
  const { workItemTypes, requiredTag } = devops;
  if (workItemTypes && !workItemTypes.map(lower).includes(lower(type))) {
    return `its type ${type} is not one of devops.workItemTypes`;
  }
  const lacks = requiredTag !== undefined && !tags.map(lower).includes(lower(requiredTag));
  return lacks ? `it has not the tag ${requiredTag} (devops.requiredTag)` : undefined;
}

export async function previewBoard({ agent, tracker, sessions, stopped }: PreviewOptions): Promise<BoardPreview> {
  const mapping = agent.devops.stateMapping;
  const starts = [mapping.new, mapping.approved];
  const inWork = new Map(sessions.flatMap((session) => (session.item ? [[session.item.workItemId, session]] : [])));
  const onBoard = await tracker.changedSince(undefined, starts);
  const open = [...inWork.values()].flatMap(({ item }) => (item && !isOver(item.phase) ? [item.workItemId] : []));
  const tiles = await tracker.summaries([...new Set([...onBoard, ...open])].sort((a, b) => a - b));
  const bar = stopped ?? (await checkStates(agent, tracker));

  /** Why the tile does not start; undefined when it does. */
  async function whyNot(tile: TileSummary): Promise<{ why: string; code?: Code | undefined } | undefined> {
    const { item, waits } = inWork.get(tile.workItemId) ?? {};
    if (item && !isOver(item.phase)) {
      return { why: `it is in work, in ${item.phase}`, code: waits?.refused };
    }
    if (item?.phase === 'deployed') return { why: 'it was deployed' };
    const why = notTaken(agent, tile);
    if (why) return { why };
    const change = item?.cancelledRev === undefined ? undefined : await tracker.lastStateChange(tile.workItemId);
    const stays = change && change.rev <= (item?.cancelledRev ?? 0);
    return stays ? { why: item?.refusal?.why ?? 'it was cancelled', code: 'GATE_STATE' } : undefined;
  }

  const items = await Promise.all(
    tiles.map(async (tile) => {
      const { workItemId, type, state } = tile;
      const no = (await whyNot(tile)) ?? (bar && { why: bar.why, code: bar.refused });
      const phase = inWork.get(workItemId)?.item?.phase ?? null;
      return { workItemId, type, state, phase, starts: !no, code: no?.code ?? null, why: no?.why ?? null };
    }),
  );
  return { agentId: agent.id, stopped: bar ? { code: bar.refused, why: bar.why, fix: bar.fix } : null, items };
}

/** BUDGET_DAY once the agent has used up what it may in a day. */
export function budgetUsedUp({ id, limits }: Agent, usdToday: number): Refusal | undefined {
  if (usdToday < limits.dayUsdMax) return undefined;
  return refuse('BUDGET_DAY', `${id} used up its ${limits.dayUsdMax} USD of today`);
}
