/** Pull requests and branches of GitHub. */
import { type Fact, judge } from '../fact.ts';
import type { Code } from '../places/code.ts';
import { pick } from '../raw.ts';
import { sharedFacts, until } from './code-shared.ts';

const connector = 'src/connectors/github/github.ts';

async function must(answer: ReturnType<Code['call']>): Promise<void> {
  const { status, words } = await answer;
  if (status >= 300) throw new Error(words);
}

/** Once GitHub has tried whether it can be merged. */
const ready = (code: Code, number: number) =>
  until(
    async () => (await code.call('GET', `/pulls/${number}`)).body,
    (body) => typeof pick(body, 'mergeable') === 'boolean',
  );

const shared = sharedFacts({
  need: 'github',
  connector,
  close: (code, number) => must(code.call('PATCH', `/pulls/${number}`, { body: { state: 'closed' } })),
  async merge(code, number) {
    await ready(code, number);
    await must(code.call('PUT', `/pulls/${number}/merge`, { body: { merge_method: 'merge' } }));
  },
  say: (code, number, body) => must(code.call('POST', `/issues/${number}/comments`, { body: { body } })),
});

const own: readonly Fact<'github'>[] = [
  {
    id: 'github-no-change',
    fact: 'A pull request without any commit of its own is refused with 422.',
    source: 'documented',
    usedIn: connector,
    needs: ['github'],
    async try({ github }) {
      const [{ base }, other] = [await github.branches(), await github.branches()];
      const body = { title: github.run, head: other.base, base };
      const { status, words } = await github.call('POST', '/pulls', { body });
      return judge(status === 422, words);
    },
  },
  {
    id: 'github-unchanged',
    fact: 'A read of what has not changed is answered with 304, and is not counted.',
    source: 'documented',
    usedIn: 'src/connectors/http/kept-answers.ts',
    needs: ['github'],
    async try({ github }) {
      const { number } = await github.open(await github.branches());
      await ready(github, number);
      const path = `/pulls/${number}`;
      const first = await github.call('GET', path);
      const etag = first.headers.get('etag');
      if (etag === null) return judge(false, 'the answer has no ETag');
      const second = await github.call('GET', path, { headers: { 'if-none-match': etag } });
      const [before, after] = [first, second].map(({ headers }) => headers.get('x-ratelimit-remaining'));
      return judge(
        second.status === 304 && before === after,
        `${second.status}, ${before} left before, ${after} after`,
      );
    },
  },
  {
    id: 'github-permission',
    fact: 'The token is told what its own account may do in the repository.',
    source: 'assumed',
    usedIn: 'src/connectors/github/rights.ts',
    needs: ['github'],
    async try({ github }) {
      const me = await github.host.me();
      const { status, body, words } = await github.call('GET', `/collaborators/${encodeURIComponent(me)}/permission`);
      const permission = pick(body, 'permission');
      return judge(status === 200 && (permission === 'write' || permission === 'admin'), `${words} ${permission}`);
    },
  },
  {
    id: 'github-checks',
    fact: 'The checks of a commit are read, or refused with 403 to a token that may not, and the rest is read all the same.',
    source: 'reported',
    usedIn: connector,
    needs: ['github'],
    async try({ github }) {
      const pull = await github.open(await github.branches());
      const { status } = await github.call('GET', `/commits/${pull.headSha}/check-runs`);
      const checks = await github.host.checks(pull);
      return judge(status === 200 || status === 403, `check runs ${status}, ${checks.length} checks read`);
    },
  },
];

export const gitHubFacts: readonly Fact<'repos' | 'github'>[] = [...shared, ...own];
