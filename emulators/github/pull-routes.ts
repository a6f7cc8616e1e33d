/** The endpoints of pull requests: find, create, read, change, merge. */
import { Hono } from 'hono';
import { z } from 'zod';
import { git } from '../git-http/git.ts';
import type { ChangedFile, Commit } from '../git-http/repository.ts';
import { toCommit, toFile, toPull, toPullRow } from './answers.ts';
import type { Hosted, PullRequest } from './hosted.ts';
import { createPull, listPulls, mergePull, readPull, testMerge, updatePull } from './pull-requests.ts';
import { readBody } from './read-body.ts';
import { refuse, refuseCustom } from './refuse.ts';
import { type Api, type ApiContext, need, paged, textAnswer, textWanted } from './transport.ts';

const newPull = z.object({
  title: z.string().min(1),
  head: z.string(),
  base: z.string(),
  body: z.string().nullish(),
  draft: z.boolean().optional(),
});
const pullChange = z.object({
  title: z.string().min(1).optional(),
  body: z.string().nullish(),
  base: z.string().optional(),
  state: z.enum(['open', 'closed']).optional(),
});
const mergeBody = z.object({
  merge_method: z.enum(['merge', 'squash', 'rebase']).default('merge'),
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
  sha: z.string().optional(),
});

/** The updated pull request in the path. */
export function pullOfPath(c: ApiContext): Promise<PullRequest> {
  return readPull(c.get('view').hosted, Number(c.req.param('number')));
}

/** The changes of the head compared with the merge base. */
export async function changeOf(
  hosted: Hosted,
  pull: PullRequest,
): Promise<{ commits: Commit[]; files: ChangedFile[] }> {
  const { headSha, baseSha } = pull;
  const base = (await hosted.git.mergeBase(baseSha, headSha)) ?? baseSha;
  return { commits: await hosted.git.commits(baseSha, headSha), files: await hosted.git.changedFiles(base, headSha) };
}

async function wholePull(c: ApiContext, pull: PullRequest) {
  const view = c.get('view');
  const open = pull.state === 'open';
  const testMergeSha = (open && (await testMerge(view.hosted, pull))) || null;
  const mergeable = open ? testMergeSha !== null : null;
  return toPull(view, pull, { ...(await changeOf(view.hosted, pull)), mergeable, testMergeSha });
}

/** The pull request as one text: the diff to the merge base, or its commits as mails. */
async function asText(c: ApiContext, text: 'diff' | 'patch', pull: PullRequest): Promise<Response> {
  const { git: repository } = c.get('view').hosted;
  const { files } = await changeOf(c.get('view').hosted, pull);
  const range = `${pull.baseSha}..${pull.headSha}`;
  const words =
    text === 'diff'
      ? files.map(({ patch }) => patch).join('')
      : await git(repository.directory, ['format-patch', '--stdout', range]);
  return textAnswer(c, text, words);
}

async function list(c: ApiContext) {
  const view = c.get('view');
  const { state = 'open', head, base } = c.req.query();
  const wanted = (pull: PullRequest) =>
    (state === 'all' || pull.state === state) &&
    // GitHub ignores a head without an owner.
    (head === undefined || !head.includes(':') || head === `${view.hosted.tenant.owner}:${pull.head}`) &&
    (base === undefined || pull.base === base);
  const rows = (await listPulls(view.hosted)).filter(wanted);
  return paged(
    c,
    rows.map((pull) => toPullRow(view, pull, null)),
  );
}

const bodyCharsMax = 65_536;
const bodyTooLong = `body is too long (maximum is ${bodyCharsMax} characters)`;

async function create(c: ApiContext) {
  need(c, 'pullRequests', 'write');
  const view = c.get('view');
  const { body, draft = false, ...rest } = await readBody(c, newPull, 'PullRequest');
  if ((body ?? '').length > bodyCharsMax) refuseCustom('PullRequest', bodyTooLong);
  const pull = await createPull(view.hosted, c.get('person'), { ...rest, body: body ?? '', draft });
  const found = { ...(await changeOf(view.hosted, pull)), mergeable: null, testMergeSha: null };
  return c.json(toPull(view, pull, found), 201);
}

async function change(c: ApiContext) {
  need(c, 'pullRequests', 'write');
  const { title, body, base, state } = await readBody(c, pullChange, 'PullRequest');
  const wanted = {
    ...(title !== undefined && { title }),
    ...(body !== undefined && { body: body ?? '' }),
    ...(base !== undefined && { base }),
    ...(state !== undefined && { state }),
  };
  const pull = await updatePull(c.get('view').hosted, await pullOfPath(c), c.get('person'), wanted);
  return c.json(await wholePull(c, pull));
}

async function merge(c: ApiContext) {
  need(c, 'contents', 'write');
  const wanted = await readBody(c, mergeBody, 'PullRequest');
  const sha = await mergePull(c.get('view').hosted, await pullOfPath(c), c.get('person'), {
    method: wanted.merge_method,
    title: wanted.commit_title,
    message: wanted.commit_message,
    sha: wanted.sha,
  });
  return c.json({ sha, merged: true, message: 'Pull Request successfully merged' });
}

/** Mounted under `/repos/:owner/:repo`. */
export function pullRoutes(): Hono<Api> {
  const app = new Hono<Api>();
  app.use('*', async (c, next) => {
    need(c, 'pullRequests', 'read');
    await next();
  });
  app.get('/', list);
  app.post('/', create);
  app.get('/:number', async (c) => {
    const pull = await pullOfPath(c);
    const text = textWanted(c);
    return text ? asText(c, text, pull) : c.json(await wholePull(c, pull));
  });
  app.patch('/:number', change);
  app.get('/:number/merge', async (c) => ((await pullOfPath(c)).merged ? c.body(null, 204) : refuse(404, 'Not Found')));
  app.put('/:number/merge', merge);
  app.get('/:number/commits', async (c) => {
    const { commits } = await changeOf(c.get('view').hosted, await pullOfPath(c));
    return paged(
      c,
      commits.map((commit) => toCommit(c.get('view'), commit)),
    );
  });
  app.get('/:number/files', async (c) => {
    const { files } = await changeOf(c.get('view').hosted, await pullOfPath(c));
    return paged(c, files.map(toFile));
  });
  return app;
}
