/** Checks what the agent needs of its board: the token and its reach, states, fields, area and tags. */
import { trackerNamesOf } from '../agents/config/devops.ts';
import { codes } from '../refusal.ts';
import { phaseTags } from '../work-items/phase.ts';
import { areaFault } from './area.ts';
import { fieldFaults } from './fields.ts';
import { fail, tooWide, unlessClosed, type Verdict, warn } from './finding.ts';
import { type Connected, named } from './own-agent.ts';
import { stateFaults } from './states.ts';

/** The name of the tracker's token in secrets.env. */
const tokenNameOf = ({ agent: { config } }: Connected) => (config.devops ? trackerNamesOf(config.devops).token : '');

export async function boardToken(own: Connected): Promise<Verdict> {
  const { name, mail } = await own.connections.tracker.me();
  return `${tokenNameOf(own)} belongs to ${name}${mail ? ` (${mail})` : ''}`;
}

export async function boardReach(own: Connected): Promise<Verdict> {
  const { project } = own.agent.devops;
  const token = tokenNameOf(own);
  const seen = await unlessClosed(own.connections.tracker.projectsSeen());
  if (!seen) {
    const fix = `Check by hand that the account of ${token} sees no other project.`;
    return warn(`it could not be read which projects ${token} sees: the board does not say it to this token`, fix);
  }
  const others = seen.filter((name) => name.toLowerCase() !== project.toLowerCase());
  if (seen.length === others.length) return fail(`${token} does not see the project ${project}`, codes.OUTSIDE_AUTH);
  return others.length > 0
    ? tooWide(`${token} also sees the projects ${named(others)}`)
    : `${token} sees only ${project}`;
}

export async function states({ agent, connections }: Connected): Promise<Verdict | readonly Verdict[]> {
  const faults = stateFaults(agent, await connections.tracker.stateNames());
  return faults.length > 0 ? faults : 'the project has every state of devops.stateMapping';
}

export async function fields({ agent, connections }: Connected): Promise<Verdict | readonly Verdict[]> {
  const faults = fieldFaults(agent, await connections.tracker.fieldNames());
  return faults.length > 0
    ? faults
    : 'the work items have every field of devops.contentFields and devops.writableFields';
}

export async function area({ agent, connections }: Connected): Promise<Verdict> {
  const { areaPath } = agent.devops;
  if (areaPath === undefined) return 'work items in every area of the project are taken (devops.areaPath is not set)';
  const areas = await unlessClosed(connections.tracker.areas());
  if (areas) return areaFault(agent, areas) ?? `the area "${areaPath}" exists`;
  return warn(`it could not be read whether the area "${areaPath}" exists`, 'Check devops.areaPath by hand.');
}

/** The platform shows the phase of a work item as a tag. */
export async function tags(own: Connected): Promise<Verdict> {
  const { tracker } = own.connections;
  const existing = new Set((await unlessClosed(tracker.tags()))?.map((tag) => tag.toLowerCase()));
  const missing = phaseTags.filter((tag) => !existing.has(tag.toLowerCase()));
  if (missing.length === 0) return 'the tags for phases exist';
  const may = await unlessClosed(tracker.mayCreateTags());
  if (may) return `the account of ${tokenNameOf(own)} may create the tags that show a phase`;
  const right = `the right "Create tag definition" in ${own.agent.devops.project}`;
  if (may === undefined) {
    const what = `it could not be read whether the account of ${tokenNameOf(own)} may create tags such as ${missing[0]}`;
    return warn(what, `Check by hand that the account has ${right}.`);
  }
  const what = `the account of ${tokenNameOf(own)} may not create tags, and ${named(missing)} do not exist`;
  return fail(what, `Give the account ${right}, or create the tags by hand.`, 'OUTSIDE_AUTH');
}
