/** Why an agent does not start a work item on its board, as far as the item itself shows. */
import type { CodeChangeAgent } from '../agents/agent.ts';
import { isInArea } from '../agents/config/devops.ts';
import type { TileSummary } from '../work-items/tracker.ts';
import type { Keeps } from './facts.ts';

const lower = (text: string) => text.toLowerCase();
const quoted = (names: readonly (string | undefined)[]) =>
  names.flatMap((name) => (name === undefined ? [] : [`"${name}"`])).join(' or ');

const keeps = (why: string, fix: string): Keeps => ({
  code: null,
  why,
  fix,
  waitingFor: 'a person who changes the work item',
});

type Seen = Pick<TileSummary, 'type' | 'state' | 'tags' | 'areaPath'>;

/** The first of area, type, tag and state that does not fit; undefined for an item that the agent takes up. */
export function whyNotTaken({ id, devops }: CodeChangeAgent, { type, state, tags, areaPath }: Seen): Keeps | undefined {
  const { workItemTypes, requiredTag, stateMapping } = devops;
  const file = `${id}/jvAgent.json`;
  if (devops.areaPath && areaPath !== undefined && !isInArea(areaPath, devops.areaPath)) {
    const why = `its area is "${areaPath}", and ${id} takes work items in "${devops.areaPath}" (devops.areaPath)`;
    return keeps(why, `Move it to the area "${devops.areaPath}", or change devops.areaPath in ${file}.`);
  }
  if (workItemTypes && !workItemTypes.map(lower).includes(lower(type))) {
    const why = `its type is "${type}", and ${id} takes ${quoted(workItemTypes)} (devops.workItemTypes)`;
    return keeps(
      why,
      `Change its type to ${quoted(workItemTypes)}, or add "${type}" to devops.workItemTypes in ${file}.`,
    );
  }
  if (requiredTag !== undefined && !tags.map(lower).includes(lower(requiredTag))) {
    const why = `it does not have the tag "${requiredTag}" (devops.requiredTag)`;
    return keeps(why, `Add the tag "${requiredTag}" to the work item, or change devops.requiredTag in ${file}.`);
  }
  const starts = [stateMapping.new, stateMapping.approved];
  if (starts.includes(state)) return undefined;
  const why = `its state is "${state}", and ${id} starts work items in ${quoted(starts)} (devops.stateMapping)`;
  return keeps(why, `Set its state to "${stateMapping.new}".`);
}
