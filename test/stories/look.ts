/** What stories look at besides the tile: the model's requests, pushes, and whether the platform had time to act. */
import type { TenantName } from '../../emulators/tenants.ts';
import type { Board } from './board.ts';
import type { World } from './world.ts';

/** Every tag of the tile. */
/** Whether a comment is a plan, by its last line. */
export const isPlan = ({ text }: { text: string }) => /\nPlan [0-9a-f]{12}$/.test(text);

export async function tagsOf(board: Board, workItemId: number): Promise<string[]> {
  const tags = (await board.item(workItemId)).fields['System.Tags'];
  return String(tags ?? '').split('; ');
}

/** What the model was asked, request by request, as text. */
export function modelRequests({ emulators }: World): string[] {
  const asked = emulators.faults.requests().filter(({ target }) => target === 'anthropic');
  return asked.map(({ bodyText }) => bodyText);
}

/** How often something was pushed to the tenant's repository. */
export function pushes({ emulators }: World, tenant: TenantName = 'acme'): number {
  const sent = emulators.faults.requests().filter(({ target, method }) => target === 'git' && method === 'POST');
  return sent.filter(({ path }) => path.startsWith(`/${tenant}/`) && path.includes('git-receive-pack')).length;
}

/**
 * Resolves after so many looks at the board and at what they found: whatever was to follow from it as it is now has
 * happened by then.
 */
export async function beats(world: World, count = 2, tenant: TenantName = 'acme'): Promise<void> {
  for (let beat = 0; beat < count; beat++) await world.lookedAround(tenant);
}

/** The codes with which the model's calls for this work item were refused, in order. */
export async function refusals({ supervisor }: World, workItemId: number, tenant: TenantName = 'acme') {
  const which = { agentId: `codechange/${tenant}`, sessionId: `wi-${workItemId}`, max: 1_000 };
  const entries = (await supervisor.store.log.list(which)).filter(({ kind }) => kind === 'refused');
  return entries.map(({ result }) => (result as { refused: string }).refused);
}

/** Resolves when this text stands in the session's log. */
export function logged(world: World, workItemId: number, text: string): Promise<void> {
  return world.eventually(`"${text}" in the log`, async () => (await world.log(workItemId)).includes(text));
}

/** Resolves when a comment on the tile says this. */
export function said(world: World, workItemId: number, text: string): Promise<void> {
  const holds = async () => (await world.comments(workItemId)).some((comment) => comment.text.includes(text));
  return world.eventually(`"${text}" on the tile`, holds);
}
