/** Pull requests and branches of Azure Repos. */
import { type Fact, judge } from '../fact.ts';
import type { Code } from '../places/code.ts';
import { pick, rowsOf } from '../raw.ts';
import { sharedFacts, until } from './code-shared.ts';

const connector = 'src/connectors/azure-repos/azure-repos.ts';
const head = (branch: string) => `refs/heads/${branch}`;
const completion = { mergeStrategy: 'noFastForward', deleteSourceBranch: false };

const read = async (code: Code, number: number) => (await code.call('GET', `/pullrequests/${number}`)).body;

async function complete(code: Code, number: number, commitId: unknown) {
  const body = { status: 'completed', lastMergeSourceCommit: { commitId }, completionOptions: completion };
  return code.call('PATCH', `/pullrequests/${number}`, { body });
}

/** Once the server has tried whether it can be merged. */
async function ready(code: Code, number: number): Promise<unknown> {
  const tried = (body: unknown) => !['queued', 'notSet', undefined].includes(pick(body, 'mergeStatus') as string);
  return pick(await until(() => read(code, number), tried), 'lastMergeSourceCommit', 'commitId');
}

async function must(answer: ReturnType<Code['call']>): Promise<void> {
  const { status, words } = await answer;
  if (status >= 300) throw new Error(words);
}

const shared = sharedFacts({
  need: 'repos',
  connector,
  close: (code, number) => must(code.call('PATCH', `/pullrequests/${number}`, { body: { status: 'abandoned' } })),
  merge: async (code, number) => must(complete(code, number, await ready(code, number))),
  say: (code, number, content) =>
    must(
      code.call('POST', `/pullrequests/${number}/threads`, {
        body: { comments: [{ content, commentType: 1 }], status: 1 },
      }),
    ),
});

const own: readonly Fact<'repos' | 'board'>[] = [
  {
    id: 'repos-no-branch',
    fact: 'A pull request from a branch that is not there is refused.',
    source: 'reported',
    usedIn: connector,
    needs: ['repos'],
    async try({ repos }) {
      const { base } = await repos.branches();
      const refs = { sourceRefName: head(`${repos.run}/none`), targetRefName: head(base) };
      const { status, words } = await repos.call('POST', '/pullrequests', { body: { ...refs, title: repos.run } });
      return judge(status >= 400 && status < 500, words);
    },
  },
  {
    id: 'repos-stale',
    fact: 'A completion that names another commit than the head is refused.',
    source: 'assumed',
    usedIn: 'src/work-items/gate/merge-rules.ts',
    needs: ['repos'],
    async try({ repos }) {
      const between = await repos.branches();
      const { number } = await repos.open(between);
      await ready(repos, number);
      const { status, words } = await complete(repos, number, await repos.headOf(between.base));
      return judge(status >= 400 && status < 500, words);
    },
  },
  {
    id: 'repos-work-item',
    fact: 'A work item that links to a pull request by its artifact is listed with the pull request.',
    source: 'recorded',
    usedIn: 'src/connectors/azure-devops/writes.ts',
    needs: ['repos', 'board'],
    async try({ repos, board }) {
      const { number, artifact } = await repos.open(await repos.branches());
      if (artifact === undefined) return judge(false, 'the pull request has no artifact');
      const { id, rev } = await board.make('pull request');
      await board.tracker.link(board.permit('report', id, rev), id, rev, artifact, board.run);
      const { body, words } = await repos.call('GET', `/pullrequests/${number}/workitems`);
      const ids = rowsOf(pick(body, 'value')).map((row) => pick(row, 'id'));
      return judge(ids.map(String).includes(String(id)), `${words}, ${JSON.stringify(ids)}`);
    },
  },
];

export const azureReposFacts: readonly Fact<'repos' | 'board' | 'github'>[] = [...shared, ...own];
