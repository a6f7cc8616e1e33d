/** What stands outside the platform when a work item's road is over, as a person sees it at the emulators. */
import type { Emulators } from '../../emulators/start.ts';
import { projectOf } from '../../emulators/tenants.ts';
import { runProgram } from '../../src/base/program.ts';
import { programEnvironment } from '../../src/settings.ts';

export interface Outside {
  /** The states of the tile, as its revisions have them, each change once. */
  states: string[];
  /** The comments that the agent left. */
  comments: string[];
  /** Branches of the bare repository. */
  branches: string[];
  pullRequests: number;
  links: number;
  /** The commits that were deployed. */
  deployed: string[];
  version: string;
}

async function branchesIn(directory: string): Promise<string[]> {
  const args = ['--git-dir', directory, 'for-each-ref', '--format=%(refname:short)', 'refs/heads'];
  const listed = await runProgram({ file: 'git', args, env: programEnvironment(), timeoutMs: 120_000 });
  return listed.stdout.toString('utf8').trim().split('\n');
}

export async function outsideOf({ urls, tenants }: Emulators, workItemId: number): Promise<Outside> {
  const { secrets, repository, directory, instance } = tenants.acme;
  const items = `${urls.azureDevOps}/acme/${projectOf('acme')}/_apis/wit/workItems/${workItemId}`;
  const basic = `Basic ${Buffer.from(`:${secrets.pats.engineer}`).toString('base64')}`;

  async function ask<T>(url: string, authorization = basic): Promise<T> {
    const answer = await fetch(url, { headers: { authorization } });
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  type Revisions = { value: { fields: Record<string, string> }[] };
  const { value } = await ask<Revisions>(`${items}/revisions?api-version=7.1`);
  const all = value.map(({ fields }) => fields['System.State'] ?? '');
  type Comments = { comments: { text: string; createdBy: { displayName: string } }[] };
  const { comments } = await ask<Comments>(`${items}/comments?order=asc&api-version=7.1-preview.4`);
  const token = `Bearer ${secrets.gitTokens.engineer}`;
  const pulls = await ask<unknown[]>(`${urls.github}/repos/${repository}/pulls?state=all`, token);
  const { relations = [] } = await ask<{ relations?: unknown[] }>(`${items}?$expand=relations&api-version=7.1`);
  return {
    states: all.filter((state, at) => state !== all[at - 1]),
    comments: comments.filter(({ createdBy }) => createdBy.displayName.startsWith('Agent')).map(({ text }) => text),
    branches: await branchesIn(directory),
    pullRequests: pulls.length,
    links: relations.length,
    deployed: instance.history().map(({ sha }) => sha),
    version: instance.version(),
  };
}
