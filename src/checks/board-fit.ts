/** Whether the board is the one that the agent's configuration describes: asked before each look, and by every command that looks. */
import type { CodeChangeAgent } from '../agents/agent.ts';
import type { Clock } from '../base/clock.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { pauses, tryAgainAt } from '../waits.ts';
import type { TrackerChecks } from '../work-items/tracker.ts';
import { areaFault } from './area.ts';
import { type Found, unlessClosed } from './finding.ts';
import { stateFaults } from './states.ts';

type BoardReads = Pick<TrackerChecks, 'stateNames' | 'areas'>;

/** A token that may not read areas tells nothing of them. */
async function areaFaultOf(agent: CodeChangeAgent, tracker: BoardReads): Promise<Found | undefined> {
  const areas = agent.devops.areaPath === undefined ? undefined : await unlessClosed(tracker.areas());
  return areas && areaFault(agent, areas);
}

/** CONFIG_INVALID if a state or the area is missing; it names all that is. Throws OutsideError. */
export async function checkBoard(agent: CodeChangeAgent, tracker: BoardReads): Promise<Refusal | undefined> {
  const [types, area] = await Promise.all([tracker.stateNames(), areaFaultOf(agent, tracker)]);
  const [first, ...rest] = [...stateFaults(agent, types), ...(area ? [area] : [])].filter(
    ({ status }) => status === 'fail',
  );
  return first && refuse('CONFIG_INVALID', [first, ...rest].map(({ what }) => what).join('; '), first.fix);
}

/** The same check, at most once a minute, and never again after it has passed. */
export function createBoardCheck(agent: CodeChangeAgent, tracker: BoardReads, clock: Pick<Clock, 'now'>) {
  let refusal: Refusal | undefined;
  let askAt = 0;
  return async (): Promise<Refusal | undefined> => {
    if (clock.now() < askAt) return refusal;
    refusal = await checkBoard(agent, tracker);
    askAt = refusal ? tryAgainAt(clock.now(), pauses.boardStates) : Number.POSITIVE_INFINITY;
    return refusal;
  };
}
