/** Who is let in to Azure DevOps, and what somebody who is not let in is told. */
import { type Fact, judge } from '../fact.ts';
import { pick, type Seen } from '../raw.ts';

const connectionData = { query: { 'api-version': '7.1-preview.1' } };
/** Of the form of a token, and nobody's. */
const wrong = { authorization: `Basic ${Buffer.from(`:${'0'.repeat(52)}`).toString('base64')}` };
const api = 'src/connectors/azure-devops/api.ts';

/** Where people sign in: a redirect there, or its page with whatever status. */
const isSignIn = ({ status, type }: Pick<Seen, 'status' | 'type'>) =>
  status === 203 || (status >= 300 && status < 400) || (status === 200 && /html/i.test(type));

export const accessFacts: readonly Fact<'board'>[] = [
  {
    id: 'board-wrong-token',
    fact: 'A wrong token is answered with 401, not with a sign-in page, when sign-in by redirect is suppressed.',
    source: 'reported',
    usedIn: api,
    needs: ['board'],
    async try({ board }) {
      const { status, type } = await board.call('GET', '/_apis/projects', { headers: wrong });
      return judge(status === 401, `${status} ${type}`.trim());
    },
  },
  {
    id: 'board-sign-in-page',
    fact: 'Without that header a wrong token is answered with a redirect or a sign-in page, never with data.',
    source: 'reported',
    usedIn: 'src/connectors/http/answer.ts',
    needs: ['board'],
    async try({ board }) {
      const headers = { ...wrong, 'X-TFS-FedAuthRedirect': '' };
      const { status, type } = await board.call('GET', '/_apis/projects', { headers });
      return judge(isSignIn({ status, type }), `${status} ${type}`.trim());
    },
  },
  {
    id: 'board-no-token',
    fact: 'Without a token the server answers with 401, a redirect or a sign-in page, never with data.',
    source: 'reported',
    usedIn: 'src/connectors/http/answer.ts',
    needs: ['board'],
    async try({ board }) {
      const headers = { authorization: '' };
      const { status, type } = await board.call('GET', '/_apis/projects', { headers });
      return judge(status === 401 || isSignIn({ status, type }), `${status} ${type}`.trim());
    },
  },
  {
    id: 'board-me',
    fact: 'The server tells who the token belongs to: an id, and the mail address as its account.',
    source: 'assumed',
    usedIn: 'src/connectors/azure-devops/reads.ts',
    needs: ['board'],
    async try({ board }) {
      const { id, mail } = await board.tracker.me();
      return judge(
        /^[0-9a-f-]{36}$/i.test(id) && mail !== '',
        `an id of ${id.length} characters, ${mail ? 'with' : 'without'} an account`,
      );
    },
  },
  {
    id: 'board-descriptor',
    fact: 'The account of the token has the same descriptor there as on the work items that it changes.',
    source: 'reported',
    usedIn: 'src/connectors/azure-devops/shapes.ts',
    needs: ['board'],
    async try({ board }) {
      const { body } = await board.call('GET', '/_apis/connectionData', connectionData);
      const { id } = await board.make('descriptor');
      const item = await board.call('GET', `/_apis/wit/workItems/${id}`);
      const own = pick(body, 'authenticatedUser', 'subjectDescriptor');
      const shown = pick(item.body, 'fields', 'System.ChangedBy', 'descriptor');
      return judge(typeof own === 'string' && own === shown, own === shown ? 'the same' : 'two different ones');
    },
  },
  {
    id: 'board-version',
    fact: 'A comment asked for with the released version 7.1 is refused: comments are a preview there.',
    source: 'documented',
    usedIn: 'src/connectors/azure-devops/reads.ts',
    needs: ['board'],
    async try({ board }) {
      const { id } = await board.make('version');
      const { status, words, body } = await board.inProject('GET', `/_apis/wit/workItems/${id}/comments`);
      return judge(status === 400 && pick(body, 'typeKey') === 'VssInvalidPreviewVersionException', words);
    },
  },
  {
    id: 'board-people',
    fact: 'A person is found by mail address with a token for work items.',
    source: 'assumed',
    usedIn: 'src/connectors/azure-devops/checks.ts',
    needs: ['board'],
    async try({ board }) {
      const me = await board.tracker.me();
      const found = await board.tracker.accounts(me.mail);
      return judge(
        found.some(({ id }) => id === me.id),
        `${found.length} found, the token's own account ${found.some(({ id }) => id === me.id) ? 'among them' : 'not among them'}`,
      );
    },
  },
  {
    id: 'board-may-create-tags',
    fact: 'The server says whether the token may create tags.',
    source: 'assumed',
    usedIn: 'src/connectors/azure-devops/checks.ts',
    needs: ['board'],
    async try({ board }) {
      const may = await board.tracker.mayCreateTags();
      return judge(may !== undefined, may === undefined ? 'it does not say' : `it ${may ? 'may' : 'may not'}`);
    },
  },
];
