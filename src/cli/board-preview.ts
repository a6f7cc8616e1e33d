/**
 * What a look at the board would start now, and why not the rest. Nothing is written anywhere and no model is asked.
 *
 * items in our start states or with our tag, whatever else they are + items in work -> for each: would it start, and if not,
 * what keeps it and how that is fixed
 */
import type { CodeChangeAgent } from '../agents/agent.ts';
import { checkBoard } from '../checks/board-fit.ts';
import type { Code, Refusal } from '../refusal.ts';
import { stoppedBy } from '../status/agent-standing.ts';
import type { AgentFacts, ItemFacts, Keeps } from '../status/facts.ts';
import { itemStanding, waitedFor } from '../status/item-standing.ts';
import { nextLookOf, noHeartbeat } from '../status/next-look.ts';
import { whyNotTaken } from '../status/not-taken.ts';
import { blockedBy } from '../work-items/observe/tile.ts';
import { isOver, type Phase } from '../work-items/phase.ts';
import type { Tile, Tracker } from '../work-items/tracker.ts';

interface PreviewedItem {
  readonly workItemId: number;
  readonly type: string;
  readonly state: string;
  /** Null while nobody has taken it up. */
  readonly phase: Phase | null;
  readonly starts: boolean;
  readonly code: Code | null;
  readonly why: string | null;
  readonly fix: string | null;
  /** Milliseconds since 1970; null where nothing brings another look. */
  readonly nextLookAt: number | null;
}

export interface BoardPreview {
  readonly agentId: string;
  /** Why nothing starts at all. */
  readonly stopped: { readonly code: Code | null; readonly why: string; readonly fix: string } | null;
  readonly nextLookAt: number | null;
  readonly items: readonly PreviewedItem[];
}

export interface PreviewOptions {
  agent: CodeChangeAgent;
  facts: AgentFacts;
  /** Of the agent's work items, those that it has taken up. */
  items: readonly ItemFacts[];
  /** Of all types, tags and areas of the project. */
  tracker: Tracker;
  /** Faults, pause, trust or money. */
  stopped: Refusal | undefined;
}

/** The agent as one that takes every work item of its project, to say of those that it does not take why not. */
export function withoutFilters(agent: CodeChangeAgent): CodeChangeAgent {
  const { workItemTypes, requiredTag, areaPath, ...devops } = agent.devops;
  return { ...agent, devops };
}

/** What is left to say where the board does not answer. */
export function unseenBoard(facts: AgentFacts, { refused: code, why, fix }: Refusal): BoardPreview {
  const nextLookAt = nextLookOf(facts, stoppedBy(facts) !== undefined);
  return { agentId: facts.id, stopped: { code, why, fix }, nextLookAt, items: [] };
}

/** Enough to find one's own item among them. */
const tilesMax = 200;

async function tilesOf({ agent, items, tracker }: PreviewOptions): Promise<Tile[]> {
  const { stateMapping, requiredTag } = agent.devops;
  const [inStart, tagged] = await Promise.all([
    tracker.changedSince(undefined, [stateMapping.new, stateMapping.approved]),
    requiredTag === undefined ? [] : tracker.tagged(requiredTag),
  ]);
  const open = items.flatMap(({ session }) => (session?.item && !isOver(session.item.phase) ? [session.item] : []));
  const ids = new Set([...open.map(({ workItemId }) => workItemId), ...tagged, ...inStart]);
  return tracker.tiles([...ids].slice(0, tilesMax).sort((a, b) => a - b));
}

const nothing = { code: null, why: null, fix: null };
type Why = Pick<Keeps, 'code' | 'why' | 'fix'>;

export async function previewBoard(options: PreviewOptions): Promise<BoardPreview> {
  const { agent, facts, items, tracker } = options;
  const inWork = new Map(items.map((item) => [item.workItemId, item]));
  const stopped = options.stopped ?? (await checkBoard(agent, tracker));
  const silent = stopped ? undefined : noHeartbeat(facts);
  const bar: Why | undefined = stopped
    ? { code: stopped.refused, why: stopped.why, fix: stopped.fix }
    : silent && { code: null, ...silent };
  const { stateMapping } = agent.devops;
  const starts = new Set([stateMapping.new, stateMapping.approved]);
  const nextLookAt = nextLookOf(facts, stoppedBy(facts) !== undefined);

  /** Why one that is not in work does not start. */
  async function whyNot(tile: Tile): Promise<Why | undefined> {
    const { item } = inWork.get(tile.workItemId)?.session ?? {};
    if (item?.phase === 'deployed') return { code: null, why: 'it was deployed', fix: 'Nothing to do.' };
    const notTaken = whyNotTaken(agent, tile);
    if (notTaken) return notTaken;
    const change = item?.cancelledRev === undefined ? undefined : await tracker.lastStateChange(tile.workItemId);
    if (change && change.rev <= (item?.cancelledRev ?? 0)) {
      const fix = `Move the work item to another state and back, or run \`jvagent retry ${agent.id} ${tile.workItemId}\`.`;
      return { code: 'GATE_STATE', why: item?.refusal?.why ?? 'it was cancelled', fix };
    }
    const blocked = await blockedBy(tracker, stateMapping, tile);
    return blocked && { code: blocked.refused, why: blocked.why, fix: blocked.fix };
  }

  async function previewOf(tile: Tile): Promise<PreviewedItem> {
    const { workItemId, type, state } = tile;
    const known = inWork.get(workItemId);
    const phase = known?.session?.item?.phase ?? null;
    // One that has ended, and stands where nothing starts, tells its own end.
    const isAtRest = phase !== null && isOver(phase) && phase !== 'deployed' && !starts.has(state);
    if (known && phase && (isAtRest || !isOver(phase))) {
      const { code, why, fix, waitingFor, nextLookAt: itsNext } = itemStanding(known);
      const words = `it is in ${phase}${waitingFor ? ` and waits for ${waitedFor(waitingFor)}` : ''}${why ? `: ${why}` : ''}`;
      return { workItemId, type, state, phase, starts: false, code, why: words, fix, nextLookAt: itsNext };
    }
    const no = (await whyNot(tile)) ?? bar;
    const { code, why, fix } = no ?? nothing;
    return { workItemId, type, state, phase, starts: !no, code, why, fix, nextLookAt };
  }

  const tiles = await tilesOf(options);
  return { agentId: agent.id, stopped: bar ?? null, nextLookAt, items: await Promise.all(tiles.map(previewOf)) };
}
