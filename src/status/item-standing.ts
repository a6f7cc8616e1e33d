/**
 * How one work item stands: the phase, what it waits for, what keeps it and how that is fixed, and when it is looked at next.
 *
 * a running turn -> what keeps it (`reason.ts`) -> no room for its turn -> what its phase waits for; a platform that is not
 * running is added wherever the platform is the one to act.
 */
import { type Code, withNames } from '../refusal.ts';
import { meaningOf } from '../work-items/code-meaning.ts';
import { isOver, type Phase } from '../work-items/phase.ts';
import { isOfBoard, looksFailBy, needsPerson, outOfMoney, platformDown } from './agent-standing.ts';
import { type AgentFacts, type ItemFacts, isDue, isRunning, type Keeps } from './facts.ts';
import { nextLookAtItem, nextLookOf, noHeartbeat } from './next-look.ts';
import { peoplePhases, phaseWait, type StatusNames } from './phase-waits.ts';
import { noRoom, type Reason, reasonOf } from './reason.ts';

/** As `explain --json` prints it. */
export interface Standing {
  readonly phase: Phase | null;
  /** Null when nothing is left to wait for; `model` while the model's provider fails. */
  readonly waitingFor: string | null;
  readonly code: Code | null;
  readonly why: string | null;
  readonly fix: string | null;
  /** Milliseconds since 1970; null where nothing brings another look. */
  readonly nextLookAt: number | null;
}

/** `waitingFor` as every screen names it. */
export const waitedFor = (whom: string): string => (whom === 'model' ? "its model's provider" : whom);

/** Who acts next: the group under which `status` lists it. */
export type Group = 'needs' | 'waits' | 'running' | 'ended';

export interface ItemStanding extends Standing {
  readonly group: Group;
  /** Whether it is the whole agent that is kept, and not this item alone. */
  readonly isAgents: boolean;
  /** The name of the secret that the other side does not accept, where that is why. */
  readonly token?: string;
}

/** A change of the work item is tried again until the board takes it. */
const waitingForBoard = "the board, a rule of which refuses this agent's change of the work item";

function namesOf({ id, agent }: AgentFacts, page?: string): StatusNames {
  const { devops, approval } = agent?.config ?? {};
  return {
    agentId: id,
    mapping: devops?.stateMapping ?? {},
    approvers: devops?.approvers,
    notRequester: approval?.notRequester ?? false,
    page,
  };
}

const sentence = (...parts: (string | null | undefined)[]) => parts.filter(Boolean).join(' ') || null;

/** What stands where nobody knows better: the platform has to run for anything to happen. */
function withPlatform(standing: ItemStanding, { platform }: AgentFacts): ItemStanding {
  const down = platformDown(platform);
  if (!down || standing.group === 'ended') return standing;
  if (standing.code !== null || standing.group === 'needs' || standing.fix !== null) {
    return { ...standing, fix: sentence(standing.fix, 'The platform is not running: run `jvagent start`.') };
  }
  return { ...standing, ...down, group: 'needs', waitingFor: 'the platform' };
}

function kept(
  { refusal, isAgents, isBarred }: Reason,
  facts: ItemFacts,
): Pick<ItemStanding, 'group' | 'isAgents' | 'token'> & Keeps {
  const { refused: code, why } = refusal;
  const fix = withNames(refusal.fix, { agentId: facts.agent.id, workItemId: facts.workItemId });
  const waitingFor = isBarred ? waitingForBoard : (refusal.system ?? meaningOf(refusal).waitsFor ?? '');
  const token = refusal.token === undefined ? {} : { token: refusal.token };
  return {
    code,
    why,
    fix,
    waitingFor,
    isAgents,
    ...token,
    group: isBarred || needsPerson(refusal) ? 'needs' : 'waits',
  };
}

const nothing = { code: null, why: null, fix: null } as const;

/** One that the agent has taken up, or has begun to look at. */
function ofSession(facts: ItemFacts, session: NonNullable<ItemFacts['session']>): ItemStanding {
  const { agent } = facts;
  const { now } = agent.platform;
  const { item } = session;
  const phase = item?.phase ?? null;
  const reason = reasonOf(facts);
  const nextLookAt = phase === 'deployed' ? null : nextLookAtItem(agent, session, reason?.isAgents ?? false);
  const base = { phase, nextLookAt, isAgents: false };
  const wait = item
    ? phaseWait(item, namesOf(agent, facts.page))
    : { waitingFor: 'its first turn', why: null, fix: null };
  // People see on the work item what it asked before its turn is over; that they still have to act is sure only then.
  const ofTurn = { ...base, ...nothing, why: wait.why };
  if (isRunning(session, now)) return { ...ofTurn, waitingFor: 'the turn that is running', group: 'running' };
  const group = phase && peoplePhases.has(phase) ? 'needs' : phase && isOver(phase) ? 'ended' : 'waits';
  if (reason) {
    const ended = phase && isOver(phase) && !reason.isBarred;
    const keeps = kept(reason, facts);
    const waitingFor = ended ? wait.waitingFor : keeps.waitingFor || wait.waitingFor;
    return { ...base, ...keeps, waitingFor, group: ended ? group : keeps.group };
  }
  if (facts.isAsked || isDue(session, now)) {
    const full = noRoom(agent);
    // Whether it was answered is seen in its turn, and the turns before that one may be long.
    if (full && phase === 'needs-info' && !facts.isAsked) {
      const fix = sentence(wait.fix, `An answer is read when there is room for its turn: ${full.why}.`);
      return { ...base, ...nothing, ...wait, fix, group };
    }
    return { ...ofTurn, ...full, waitingFor: full ? 'room for its turn' : 'its next turn', group: 'waits' };
  }
  return { ...base, code: null, ...wait, group };
}

/** One that nobody has taken up: what keeps the agent, then what the board says, then the next look. */
function notTakenUp(facts: ItemFacts): ItemStanding {
  const { agent, board, workItemId } = facts;
  const base = { phase: null, nextLookAt: nextLookOf(agent, false), isAgents: false } as const;
  const ofBoard = board?.keeps && {
    ...board.keeps,
    fix: withNames(board.keeps.fix, { agentId: agent.id, workItemId }),
    group: 'needs' as const,
  };
  const stopped = reasonOf(facts);
  if (stopped) return { ...base, ...kept(stopped, facts), nextLookAt: null };
  if (ofBoard && board.isMissing) return { ...base, ...ofBoard, waitingFor: null, nextLookAt: null, group: 'ended' };
  if (ofBoard && !board.isReached) return { ...base, ...ofBoard };
  const looksFail = looksFailBy(agent);
  const failing =
    (looksFail && !(board?.isReached && isOfBoard(looksFail, agent)) ? looksFail : undefined) ?? outOfMoney(agent);
  if (failing) return { ...base, ...kept({ refusal: failing, isAgents: true, isBarred: false }, facts) };
  if (ofBoard) return { ...base, ...ofBoard };
  const silent = noHeartbeat(agent);
  if (silent) return { ...base, ...nothing, ...silent, waitingFor: 'a look at the board', group: 'needs' };
  return { ...base, ...nothing, waitingFor: 'the next look at the board', group: 'waits' };
}

export function itemStanding(facts: ItemFacts): ItemStanding {
  const { session, agent } = facts;
  const isKnown = session?.item !== undefined || session?.waits !== undefined || facts.isAsked;
  return withPlatform(session && isKnown ? ofSession(facts, session) : notTakenUp(facts), agent);
}
