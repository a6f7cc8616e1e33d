/** The endpoints of branches and commits: refs, comparisons, statuses and checks, all read from git itself. */
import { Hono } from 'hono';
import { z } from 'zod';
import { isSha } from '../git-http/repository.ts';
import { toCheckRun, toCommit, toFile, toGitCommit, toRef, toStatus } from './answers.ts';
import { type Hosted, isProtectedFrom } from './hosted.ts';
import { readBody } from './read-body.ts';
import { refuse } from './refuse.ts';
import { type Api, type ApiContext, need, paged, pageOf, textAnswer, textWanted } from './transport.ts';

const newRef = z.object({ ref: z.string().regex(/^refs\/heads\/[A-Za-z0-9._/-]+$/), sha: z.string() });
const newStatus = z.object({
  state: z.enum(['error', 'failure', 'pending', 'success']),
  context: z.string().default('default'),
  description: z.string().nullish(),
  target_url: z.string().nullish(),
});

/** Resolves a sha, a branch, `heads/branch` or `owner:branch` to a commit. */
async function resolve({ git, tenant }: Hosted, name: string): Promise<string> {
  if (isSha(name) && (await git.commit(name))) return name;
  const short = name.startsWith(`${tenant.owner}:`) ? name.slice(tenant.owner.length + 1) : name;
  return (await git.branches()).get(short.replace(/^(refs\/)?heads\//, '')) ?? refuse(404, 'Not Found');
}

/** A path parameter that can contain slashes. */
const rest = (c: ApiContext) => c.req.param('rest') ?? '';

async function branchOf(c: ApiContext, name: string): Promise<[branch: string, sha: string]> {
  const sha = (await c.get('view').hosted.git.branches()).get(name);
  return sha === undefined ? refuse(404, 'Branch not found') : [name, sha];
}

function branchRoutes(app: Hono<Api>): void {
  app.get('/branches', async (c) => {
    const branches = [...(await c.get('view').hosted.git.branches())];
    return paged(
      c,
      branches.map(([name, sha]) => ({ name, commit: { sha }, protected: false })),
    );
  });
  app.get('/branches/:rest{.+}', async (c) => {
    const view = c.get('view');
    const [name, sha] = await branchOf(c, rest(c));
    const commit = await view.hosted.git.commit(sha);
    const isProtected = Object.values(view.hosted.tenant.people).some((person) => isProtectedFrom(person, name));
    return c.json({ name, commit: commit && toCommit(view, commit), protected: isProtected });
  });
}

function refRoutes(app: Hono<Api>): void {
  app.get('/git/ref/heads/:rest{.+}', async (c) => c.json(toRef(c.get('view'), ...(await branchOf(c, rest(c))))));
  app.get('/git/ref/:rest{.+}', async (c) =>
    c.json(toRef(c.get('view'), ...(await branchOf(c, rest(c).replace(/^heads\//, ''))))),
  );
  app.get('/git/matching-refs/:rest{.+}', async (c) => {
    const prefix = rest(c).replace(/^heads\/?/, '');
    const branches = [...(await c.get('view').hosted.git.branches())].filter(([name]) => name.startsWith(prefix));
    return paged(
      c,
      branches.map(([name, sha]) => toRef(c.get('view'), name, sha)),
    );
  });
  app.post('/git/refs', async (c) => {
    need(c, 'contents', 'write');
    const { git } = c.get('view').hosted;
    const { ref, sha } = await readBody(c, newRef, 'Reference');
    const branch = ref.slice('refs/heads/'.length);
    if (isProtectedFrom(c.get('person'), branch)) refuse(422, 'Reference update failed');
    if (!(await git.commit(sha))) refuse(422, 'Object does not exist');
    if (!(await git.moveBranch(branch, undefined, sha))) refuse(422, 'Reference already exists');
    return c.json(toRef(c.get('view'), branch, sha), 201);
  });
  app.delete('/git/refs/:rest{.+}', async (c) => {
    need(c, 'contents', 'write');
    const name = rest(c).replace(/^heads\//, '');
    const sha = (await c.get('view').hosted.git.branches()).get(name) ?? refuse(422, 'Reference does not exist');
    if (isProtectedFrom(c.get('person'), name)) refuse(422, 'Cannot delete this protected branch');
    await c.get('view').hosted.git.moveBranch(name, sha, undefined);
    return c.body(null, 204);
  });
  app.get('/git/commits/:sha', async (c) => {
    const commit = await c.get('view').hosted.git.commit(c.req.param('sha'));
    return commit ? c.json(toGitCommit(c.get('view'), commit)) : refuse(404, 'Not Found');
  });
}

async function compare(c: ApiContext) {
  const view = c.get('view');
  const { git } = view.hosted;
  const [base = '', head = ''] = rest(c).split('...');
  const [baseSha, headSha] = await Promise.all([resolve(view.hosted, base), resolve(view.hosted, head)]);
  const parted =
    (await git.mergeBase(baseSha, headSha)) ?? refuse(404, `No common ancestor between ${base} and ${head}.`);
  if (textWanted(c) === 'diff') {
    const changed = await git.changedFiles(parted, headSha);
    return textAnswer(c, 'diff', changed.map(({ patch }) => patch).join(''));
  }
  const [ahead, behind, files] = await Promise.all([
    git.commits(baseSha, headSha),
    git.commits(headSha, baseSha),
    git.changedFiles(parted, headSha),
  ]);
  const [baseCommit, partedCommit] = await Promise.all([git.commit(baseSha), git.commit(parted)]);
  const state =
    ahead.length > 0 ? (behind.length > 0 ? 'diverged' : 'ahead') : behind.length > 0 ? 'behind' : 'identical';
  return c.json({
    status: state,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    base_commit: baseCommit && toCommit(view, baseCommit),
    merge_base_commit: partedCommit && toCommit(view, partedCommit),
    commits: ahead.map((commit) => toCommit(view, commit)),
    files: files.map(toFile),
  });
}

async function combinedStatus(c: ApiContext) {
  const view = c.get('view');
  const sha = await resolve(view.hosted, c.req.param('ref') ?? '');
  const newest = new Map((view.hosted.statuses.get(sha) ?? []).toReversed().map((each) => [each.context, each]));
  const states = [...newest.values()].map(({ state }) => state);
  const failed = states.some((state) => state === 'error' || state === 'failure');
  const passed = states.length > 0 && states.every((state) => state === 'success');
  return c.json({
    state: failed ? 'failure' : passed ? 'success' : 'pending',
    sha,
    total_count: newest.size,
    statuses: pageOf(c, [...newest.values()]).map((each) => toStatus(view, each)),
  });
}

async function createStatus(c: ApiContext) {
  need(c, 'contents', 'write');
  const { hosted } = c.get('view');
  const sha = await resolve(hosted, c.req.param('sha') ?? '');
  const { state, context, description = null, target_url = null } = await readBody(c, newStatus, 'Status');
  const made = { id: hosted.nextId(), author: c.get('person').login, at: hosted.clock.now() };
  const status = { ...made, state, context, description, targetUrl: target_url };
  hosted.statuses.set(sha, [status, ...(hosted.statuses.get(sha) ?? [])]);
  hosted.tell({ event: 'status', by: status.author, sha, status });
  return c.json(toStatus(c.get('view'), status), 201);
}

function checkRoutes(app: Hono<Api>): void {
  app.get('/commits/:ref/status', combinedStatus);
  app.post('/statuses/:sha', createStatus);
  app.get('/commits/:ref/statuses', async (c) => {
    const { hosted } = c.get('view');
    const sha = await resolve(hosted, c.req.param('ref'));
    return paged(
      c,
      (hosted.statuses.get(sha) ?? []).map((each) => toStatus(c.get('view'), each)),
    );
  });
  app.get('/commits/:ref/check-runs', async (c) => {
    const view = c.get('view');
    const sha = await resolve(view.hosted, c.req.param('ref'));
    const checks = view.hosted.checkRuns.get(sha) ?? [];
    return c.json({
      total_count: checks.length,
      check_runs: pageOf(c, checks).map((each) => toCheckRun(view, sha, each)),
    });
  });
}

function commitRoutesOf(app: Hono<Api>): void {
  app.get('/commits', async (c) => {
    const view = c.get('view');
    const sha = await resolve(view.hosted, c.req.query('sha') ?? view.defaultBranch);
    const commits = await view.hosted.git.commits(undefined, sha);
    return paged(
      c,
      commits.toReversed().map((commit) => toCommit(view, commit)),
    );
  });
  app.get('/commits/:rest{.+}', async (c) => {
    const view = c.get('view');
    const commit = await view.hosted.git.commit(await resolve(view.hosted, rest(c)));
    return c.json(commit && toCommit(view, commit));
  });
  app.get('/compare/:rest{.+}', compare);
}

/** Mounted under `/repos/:owner/:repo`. */
export function commitRoutes(): Hono<Api> {
  const app = new Hono<Api>();
  for (const add of [branchRoutes, refRoutes, checkRoutes, commitRoutesOf]) add(app);
  return app;
}
