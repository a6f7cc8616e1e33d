/** Changes of branches over HTTP: a branch that is refused is said in its row, and the answer is 200 all the same. */
import { type Call, type Endpoint, valueList } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import { needContribute, refusalOf } from './code-repository.ts';
import { repositoryOf, repositoryPath } from './pull-endpoints.ts';
import type { CodeRepository } from './pull-model.ts';

const noCommit = '0'.repeat(40);
const commitOf = (value: unknown) => (value === noCommit ? undefined : String(value));

async function updated(repository: CodeRepository, row: Record<string, unknown>) {
  const { name, oldObjectId, newObjectId } = row;
  const [, branch] = /^refs\/heads\/(.+)$/.exec(String(name ?? '')) ?? [];
  const [from, to] = [commitOf(oldObjectId), commitOf(newObjectId)];
  const move = async (): Promise<string> => {
    if (branch === undefined) return 'invalidRefName';
    if (refusalOf(repository, 'push', branch)) return 'rejectedByPolicy';
    if (to !== undefined && !(await repository.git.commit(to))) return 'unresolvableToCommit';
    return (await repository.git.moveBranch(branch, from, to)) ? 'succeeded' : 'staleOldObjectId';
  };
  const updateStatus = await repository.serially(move);
  const success = updateStatus === 'succeeded';
  return { repositoryId: repository.id, name, oldObjectId, newObjectId, isLocked: false, updateStatus, success };
}

async function update(call: Call, name: string | undefined) {
  const repository = repositoryOf(call, name);
  needContribute(call.person, 'GenericContribute');
  if (!Array.isArray(call.body)) throw errors.badArgument('Value cannot be null. Parameter name: refUpdates');
  const rows = [];
  for (const row of call.body as Record<string, unknown>[]) rows.push(await updated(repository, row));
  return valueList(rows);
}

export const refEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: `${repositoryPath}/refs`,
    location: 'git/refs',
    answer: (call, { repository }) => update(call, repository),
  },
];
