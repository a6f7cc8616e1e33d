/** A git repository of a project: its bare repository, policies, pull requests, and who may push over HTTP. */
import type { GitRepository } from '../../git-http/git-http.ts';
import { openRepository } from '../../git-http/repository.ts';
import { guidOf } from '../guid.ts';
import type { BranchPolicy, Person, Project, RepositoryOptions } from '../model.ts';
import { pullErrors } from './pull-errors.ts';
import type { CodeRepository } from './pull-model.ts';

export function openCodeRepository(organization: string, project: Project, options: RepositoryOptions): CodeRepository {
  let last: Promise<unknown> = Promise.resolve();
  return {
    id: guidOf(`${organization}/repository/${options.name}`),
    name: options.name,
    project,
    git: openRepository(options.directory),
    policies: [...(options.policies ?? [])],
    requiredReviewers: [],
    pulls: [],
    serially(work) {
      const done = last.then(work, work);
      last = done.catch(() => {});
      return done;
    },
  };
}

function matches(pattern: string, branch: string): boolean {
  const source = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`).test(branch);
}

/** The message of the policy that refuses this on the branch, if there is one. */
export function refusalOf(
  { policies }: CodeRepository,
  what: BranchPolicy['refuses'],
  branch: string,
): string | undefined {
  return policies.find(({ refuses, branch: pattern }) => refuses === what && matches(pattern, branch))?.words;
}

/** Throws the API's 403 if a person may not write to repositories. */
export function needContribute({ code = 'contribute', name }: Person, permission: string): void {
  if (code !== 'contribute') throw pullErrors.needsPermission(permission, name);
}

/** Repository, people and policies for the git server; policies are read at each push. */
export function gitRepositoryOf(
  organization: string,
  repository: CodeRepository,
  people: readonly Person[],
): GitRepository {
  const { name, project, git } = repository;
  return {
    path: `/${organization}/${project.name}/_git/${name}`,
    directory: git.directory,
    people: people.flatMap(({ mail, pat, code = 'contribute' }) =>
      pat === undefined ? [] : [{ login: mail, token: pat, push: code === 'contribute' }],
    ),
    get policies() {
      return repository.policies.filter(({ refuses }) => refuses === 'push');
    },
  };
}
