/** The routes of the pull request pages, and the action of each button, as the person in the cookie. */
import { type Context, Hono } from 'hono';
import { ApiError, errors } from '../api/errors.ts';
import type { Person } from '../model.ts';
import { pullErrors } from '../pulls/pull-errors.ts';
import { workItemsOf } from '../pulls/pull-merge.ts';
import type { CodeRepository, MergeStrategy, PullRequest } from '../pulls/pull-model.ts';
import { addThread, castVote, changePull, isVote, listPulls, readPull } from '../pulls/pull-requests.ts';
import type { Tenant } from '../tenant.ts';
import { page } from './layout.ts';
import { type FindTenant, lineEndings, type Place, placeIn } from './place.ts';
import { pullContent, pullsContent } from './pull-page.ts';

const strategies: readonly MergeStrategy[] = ['noFastForward', 'squash', 'rebase', 'rebaseMerge'];

function completionOf(form: Record<string, unknown>) {
  const strategy = strategies.find((each) => each === form.strategy);
  if (!strategy) throw errors.badArgument('Choose a merge type.');
  return { strategy, deleteSourceBranch: form.deleteSource === 'on', transitionWorkItems: form.transition === 'on' };
}

async function act(tenant: Tenant, pull: PullRequest, by: Person, form: Record<string, unknown>): Promise<void> {
  const { action, vote, comment, seen } = form;
  const chosen = Number(vote);
  if (typeof comment === 'string') addThread(tenant, pull, by, lineEndings(comment), { status: 'active' });
  else if (vote !== undefined && isVote(chosen)) castVote(tenant, pull, by, chosen);
  else if (action === 'publish') await changePull(tenant, pull, by, { isDraft: false });
  else if (action === 'abandon') await changePull(tenant, pull, by, { status: 'abandoned' });
  else if (action === 'reactivate') await changePull(tenant, pull, by, { status: 'active' });
  else if (action === 'complete') {
    const change = { status: 'completed', seenSha: String(seen), completion: completionOf(form) } as const;
    await changePull(tenant, pull, by, change);
  } else throw errors.badArgument('There is no such action.');
}

/** The changed files of a pull request, compared with the merge base. */
async function filesOf({ repository, sourceSha, targetSha, status, mergeSha }: PullRequest) {
  const { git } = repository;
  const base = (await git.mergeBase(targetSha, sourceSha)) ?? targetSha;
  const isMerged = status === 'completed' && mergeSha !== undefined;
  return isMerged ? git.changedFiles(targetSha, mergeSha) : git.changedFiles(base, sourceSha);
}

export function createPullPages(find: FindTenant): Hono {
  const app = new Hono();

  function repositoryIn({ tenant, project }: Place, c: Context): CodeRepository {
    const name = (c.req.param('repository') ?? '').toLowerCase();
    const found = tenant.repositories.find(
      (each) => each.project.id === project.id && each.name.toLowerCase() === name,
    );
    if (!found) throw pullErrors.missingRepository(name);
    return found;
  }

  const pullIn = (place: Place, c: Context) =>
    readPull(place.tenant, Number(c.req.param('id')), repositoryIn(place, c));

  async function show(c: Context, { tenant, acting }: Place, pull: PullRequest, problem?: ApiError) {
    const items = workItemsOf(tenant, pull);
    const view = { tenant, pull, acting, files: await filesOf(pull), items, problem: problem?.message };
    const title = `!${pull.id} ${pull.title}`;
    return c.html(
      page({ title, tenant, acting, path: c.req.path, content: pullContent(view) }),
      problem?.status ?? 200,
    );
  }

  app.get('/:organization/:project/_git/:repository/pullrequests', async (c) => {
    const place = placeIn(c, find);
    const { tenant, acting } = place;
    const repository = repositoryIn(place, c);
    const content = pullsContent(tenant, repository, await listPulls(tenant, repository));
    return c.html(page({ title: `Pull requests of ${repository.name}`, tenant, acting, path: c.req.path, content }));
  });
  app.get('/:organization/:project/_git/:repository/pullrequest/:id', async (c) => {
    const place = placeIn(c, find);
    return show(c, place, await pullIn(place, c));
  });
  app.post('/:organization/:project/_git/:repository/pullrequest/:id', async (c) => {
    const place = placeIn(c, find);
    const pull = await pullIn(place, c);
    try {
      await act(place.tenant, pull, place.acting, await c.req.parseBody());
    } catch (error) {
      if (error instanceof ApiError) return show(c, place, pull, error);
      throw error;
    }
    return c.redirect(c.req.path, 303);
  });
  return app;
}
