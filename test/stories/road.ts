/** The usual stretches of the road, for stories that begin where a stretch ends; the title tells the model which script to follow. */
import type { TenantName } from '../../emulators/tenants.ts';
import { fix, type World } from './world.ts';

/** A new work item; its id. */
export function filed(world: World, title: string, tenant: TenantName = 'acme'): Promise<number> {
  return world.engineer(tenant).file({ ...fix.workItem, title });
}

/** A work item whose plan waits for approval. */
export async function planned(world: World, title: string, tenant: TenantName = 'acme'): Promise<number> {
  const id = await filed(world, title, tenant);
  await world.until(id, 'plan-ready', tenant);
  return id;
}

/** A work item whose plan was just approved. */
export async function approved(world: World, title: string, tenant: TenantName = 'acme'): Promise<number> {
  const id = await planned(world, title, tenant);
  await world.engineer(tenant).move(id, 'Approved');
  return id;
}

/** A work item whose change is in a pull request. */
export async function delivered(world: World, title: string, tenant: TenantName = 'acme'): Promise<number> {
  const id = await approved(world, title, tenant);
  await world.until(id, 'pr-created', tenant);
  return id;
}

/** The number of a work item's pull request. */
export async function pullRequestOf(world: World, workItemId: number, tenant: TenantName = 'acme'): Promise<number> {
  const { number } = (await world.session(workItemId, tenant))?.item?.review ?? {};
  if (number === undefined) throw new Error(`work item ${workItemId} has no pull request`);
  return number;
}

/** Presses the close button of a pull request's page as the engineer. */
export async function closePullRequest({ emulators }: World, number: number, tenant: TenantName = 'acme') {
  const { urls, tenants } = emulators;
  const answer = await fetch(`${urls.github}/${tenants[tenant].repository}/pull/${number}/close`, {
    method: 'POST',
    headers: { origin: urls.github, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(),
    redirect: 'manual',
  });
  if (answer.status !== 303) throw new Error(`pull request ${number} was not closed: ${await answer.text()}`);
}

/** Opens a closed pull request again, as the engineer. */
export async function reopenPullRequest({ emulators }: World, number: number, tenant: TenantName = 'acme') {
  const { urls, tenants } = emulators;
  const { repository, secrets } = tenants[tenant];
  const answer = await fetch(`${urls.github}/repos/${repository}/pulls/${number}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${secrets.gitTokens.engineer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ state: 'open' }),
  });
  if (!answer.ok) throw new Error(`pull request ${number} was not reopened: ${await answer.text()}`);
}
