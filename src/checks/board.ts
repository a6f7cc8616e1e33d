/** Checks what the agent needs of its board: the token and its reach, the states, the people who may approve. */
import { trackerNamesOf } from '../agents/config/devops.ts';
import { codes } from '../refusal.ts';
import { isPerson } from '../work-items/gate/rules.ts';
import { fail, tooWide, type Verdict, warn } from './finding.ts';
import { type Connected, named } from './own-agent.ts';
import { checkStates } from './states.ts';

/** The name of the tracker's token in secrets.env. */
const tokenNameOf = ({ agent: { config } }: Connected) => (config.devops ? trackerNamesOf(config.devops).token : '');

export async function boardToken(own: Connected): Promise<Verdict> {
  const { name, mail } = await own.connections.tracker.me();
  return `${tokenNameOf(own)} belongs to ${name}${mail ? ` (${mail})` : ''}`;
}

export async function boardReach(own: Connected): Promise<Verdict> {
  const { project } = own.agent.devops;
  const token = tokenNameOf(own);
  const seen = await own.connections.tracker.projectsSeen();
  const others = seen.filter((name) => name.toLowerCase() !== project.toLowerCase());
  if (seen.length === others.length) return fail(`${token} does not see the project ${project}`, codes.OUTSIDE_AUTH);
  return others.length > 0
    ? tooWide(`${token} also sees the projects ${named(others)}`)
    : `${token} sees only ${project}`;
}

export async function states({ agent, connections }: Connected): Promise<Verdict> {
  const refusal = await checkStates(agent, connections.tracker);
  return refusal ?? 'the project has every state of devops.stateMapping';
}

export async function approvers({ agent, connections }: Connected): Promise<Verdict> {
  const list = agent.devops.approvers;
  const fix = 'List ids or mail addresses of people in devops.approvers.';
  if (!list) return warn('everybody who can move a work item can approve its plan', fix);
  if (list.length === 0) return fail('nobody can approve: devops.approvers is empty', fix);
  const me = await connections.tracker.me();
  const own = list.find((entry) => isPerson(entry, me));
  if (own) return fail(`${own} is the agent itself, whose approvals never count`, fix, 'GATE_ACTOR');
  return `${list.length === 1 ? 'one approver' : `${list.length} approvers`}: ${named(list)}`;
}
