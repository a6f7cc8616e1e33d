/** What the log of a session says of a turn that ended because its lease was not renewed. */
import { hostname } from 'node:os';
import type { Nodes } from '../../store/claims/nodes.ts';

/** `lostBy` is who had the lease, `owner` who goes on. */
export async function lostTurnText(nodes: Pick<Nodes, 'list'>, lostBy: string, owner: string): Promise<string> {
  const here = hostname();
  if (lostBy === owner) return `${here} could not renew its lease in time; it goes on`;
  const name = (await nodes.list()).find((node) => node.owner === lostBy)?.name ?? 'its node';
  return `${name} was lost; ${here} goes on`;
}
