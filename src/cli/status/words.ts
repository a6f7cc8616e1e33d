/** What `jvagent status` says of the platform and of one entry, on one line each. */
import { platformDown } from '../../status/agent-standing.ts';
import { waitedFor } from '../../status/item-standing.ts';
import type { Entry } from '../../status/overview.ts';
import { isOddNode, nodeText } from '../../views/nodes-view.ts';
import type { PlatformStatus } from '../../views/platform-view.ts';

/** What others said may have lines of its own. */
export const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

/** Whether it runs, and whether anybody is wanted. Why it cannot be started is said too. */
export function headline({ platform, needs }: PlatformStatus): string {
  const down = platformDown(platform);
  const wanted = needs.length === 0 ? ' Nothing needs a person.' : '';
  if (!down) return `The platform is running.${wanted}`;
  const { standstill } = platform;
  if (!standstill) return `The platform is not running. ${down.fix}`;
  return `The platform is not running, and no agent would work: ${standstill.why}\n${standstill.fix}`;
}

/** The nodes, where there are several machines: how many, and then those that a person should look at, or all. */
export function nodeTexts({ nodes }: Pick<PlatformStatus, 'nodes'>, isWhole: boolean): string[] {
  const named = nodes.filter(({ name }) => name !== undefined);
  if (named.length === 0) return [];
  const working = named.filter(({ takesWork }) => takesWork).length;
  const told = isWhole ? named : named.filter(isOddNode);
  return [`Nodes: ${named.length}, ${working} of them take work`, ...told.map((node) => `  ${nodeText(node)}`)];
}

/** A session that runs without a work item is named too. */
export function entryText({
  agentId,
  workItemId,
  title,
  phase,
  waitingFor,
  ...entry
}: Entry & { sessionId?: string }): string {
  const talk = entry.sessionId === undefined ? '' : ` ${entry.sessionId}`;
  const name = workItemId === undefined ? `${agentId}${talk}` : `${agentId} ${workItemId}${title ? ` ${title}` : ''}`;
  const why =
    [entry.code, entry.why].filter(Boolean).join(': ') || (waitingFor ? `waits for ${waitedFor(waitingFor)}` : '');
  const whole = talk === '' ? 'agent' : 'conversation';
  return oneLine(`${name}: ${phase ?? (workItemId === undefined ? whole : 'not started')}${why ? `; ${why}` : ''}`);
}
