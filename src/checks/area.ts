/** Checks that the area in an agent's configuration exists in the project. */
import type { CodeChangeAgent } from '../agents/agent.ts';
import { type Found, fail } from './finding.ts';

const shownMax = 5;

const sharedStart = (a: string, b: string) => {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
};

const lastOf = (path: string) => path.toLowerCase().split('\\').at(-1) ?? '';

/** Names like the wanted one first. */
function near(areas: readonly string[], wanted: string): string[] {
  const likeness = (area: string) => sharedStart(lastOf(area), lastOf(wanted));
  return [...areas].sort((a, b) => likeness(b) - likeness(a)).slice(0, shownMax);
}

/** `areas` are all of the project. Undefined if the agent names none, or one that exists; areas are compared without case. */
export function areaFault({ id, devops }: CodeChangeAgent, areas: readonly string[]): Found | undefined {
  const wanted = devops.areaPath;
  if (!wanted || areas.some((area) => area.toLowerCase() === wanted.toLowerCase())) return undefined;
  const some = near(areas, wanted).map((area) => `"${area}"`);
  const list = areas.length > some.length ? `some of its ${areas.length} areas are` : 'its areas are';
  const what = `${id}: the project has no area "${wanted}" (devops.areaPath); ${list} ${some.join(', ')}`;
  const fix = `Correct devops.areaPath in ${id}/jvAgent.json, or create the area.`;
  return { ...fail(what, fix, 'CONFIG_INVALID'), at: ['devops', 'areaPath'] };
}
