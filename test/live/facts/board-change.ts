/** How work items are made and changed. */
import { OutsideError } from '../../../src/base/errors.ts';
import { settled } from '../../../src/connectors/azure-devops/rich-text.ts';
import { type Fact, judge, notTried } from '../fact.ts';
import { type Board, setField } from '../places/board.ts';
import { pick } from '../raw.ts';

const writes = 'src/connectors/azure-devops/writes.ts';
const atRev = (value: number) => ({ op: 'test', path: '/rev', value });

const fieldOf = async (board: Board, id: number, name: string) =>
  pick((await board.call('GET', `/_apis/wit/workItems/${id}`)).body, 'fields', name);

export const changeFacts: readonly Fact<'board'>[] = [
  {
    id: 'board-create-later',
    fact: 'A work item cannot be made in a later state than the first.',
    source: 'reported',
    usedIn: writes,
    needs: ['board'],
    async try({ board }) {
      const [, later] = await board.states();
      if (later === undefined) return notTried('a Task has only one state here');
      const { status, body, words } = await board.create('create later', { 'System.State': later });
      return judge(status === 400 && pick(body, 'typeKey') === 'RuleValidationException', words);
    },
  },
  {
    id: 'board-old-revision',
    fact: 'A change that names an old revision is refused with 412, and no part of it is stored.',
    source: 'reported',
    usedIn: writes,
    needs: ['board'],
    async try({ board }) {
      const { id, rev } = await board.make('old revision');
      await board.patch(id, [atRev(rev), setField('System.Title', `${board.run} second`)]);
      const late = await board.patch(id, [atRev(rev), setField('System.Title', `${board.run} third`)]);
      const title = await fieldOf(board, id, 'System.Title');
      const isRefused = late.status === 412 && pick(late.body, 'typeKey') === 'TestPatchOperationFailedException';
      return judge(isRefused && title === `${board.run} second`, `${late.words}; the title is then ${title}`);
    },
  },
  {
    id: 'board-conflict',
    fact: 'The product takes a move at an old revision for a conflict, which it never repeats unread.',
    source: 'assumed',
    usedIn: writes,
    needs: ['board'],
    async try({ board }) {
      const [, state] = await board.states();
      if (state === undefined) return notTried('a Task has only one state here');
      const { id, rev } = await board.make('conflict');
      await board.patch(id, [setField('System.Title', `${board.run} changed meanwhile`)]);
      const moving = board.tracker.move(board.permit('report', id, rev), id, { rev, state });
      const error = await moving.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const seen = error instanceof OutsideError ? `${error.facts.kind} ${error.message}` : 'it was moved';
      return judge(error instanceof OutsideError && error.facts.kind === 'conflict', seen);
    },
  },
  {
    id: 'board-unknown-state',
    fact: 'A state that the type does not have is refused with 400 RuleValidationException.',
    source: 'reported',
    usedIn: 'src/connectors/http/answer.ts',
    needs: ['board'],
    async try({ board }) {
      const { id } = await board.make('unknown state');
      const { status, body, words } = await board.patch(id, [setField('System.State', 'No such state')]);
      return judge(status === 400 && pick(body, 'typeKey') === 'RuleValidationException', words);
    },
  },
  {
    id: 'board-tags',
    fact: 'Adding to the tags keeps those that are there, and replacing them does not.',
    source: 'reported',
    usedIn: writes,
    needs: ['board'],
    async try({ board }) {
      const { id } = await board.make('tags');
      const tagsAfter = async (op: string, value: string) => {
        await board.patch(id, [{ op, path: '/fields/System.Tags', value }]);
        return String(await fieldOf(board, id, 'System.Tags'));
      };
      const added = await tagsAfter('add', `${board.run}-b`);
      const replaced = await tagsAfter('replace', `${board.run}-c`);
      const isSo = added === `${board.run}; ${board.run}-b` && replaced === `${board.run}-c`;
      return judge(isSo, `after adding ${added}, after replacing ${replaced}`);
    },
  },
  {
    id: 'board-validate-only',
    fact: 'A change that is only to be validated is answered with 200 and leaves the revision as it is.',
    source: 'documented',
    usedIn: writes,
    needs: ['board'],
    async try({ board }) {
      const { id, rev } = await board.make('validate only');
      const title = setField('System.Title', `${board.run} validated`);
      const { status, words } = await board.patch(id, [atRev(rev), title], { validateOnly: true });
      const now = await board.call('GET', `/_apis/wit/workItems/${id}`);
      return judge(status === 200 && pick(now.body, 'rev') === rev, `${words}, then revision ${pick(now.body, 'rev')}`);
    },
  },
  {
    id: 'board-link-twice',
    fact: 'A link that is there already is refused with 400 RelationAlreadyExistsException.',
    source: 'recorded',
    usedIn: writes,
    needs: ['board'],
    async try({ board }) {
      const { id, rev } = await board.make('link');
      const url = 'https://example.com/jvagent-live';
      await board.tracker.link(board.permit('report', id, rev), id, rev, url, board.run);
      const value = { rel: 'Hyperlink', url, attributes: { comment: board.run } };
      const { status, body, words } = await board.patch(id, [{ op: 'add', path: '/relations/-', value }]);
      return judge(status === 400 && pick(body, 'typeKey') === 'RelationAlreadyExistsException', words);
    },
  },
  {
    id: 'board-html',
    fact: 'HTML in a description comes back with other white space or entities at most.',
    source: 'reported',
    usedIn: 'src/connectors/azure-devops/rich-text.ts',
    needs: ['board'],
    async try({ board }) {
      const sent = '<p>One &amp; two</p><ul><li>three</li></ul><p><b>four</b></p>';
      const { id } = await board.make('html', { 'System.Description': sent });
      const back = String(await fieldOf(board, id, 'System.Description'));
      return judge(settled(back) === settled(sent), back === sent ? 'the same' : back);
    },
  },
  {
    id: 'board-markdown',
    fact: 'A description can be stored as Markdown with version 7.1, and comes back as it was written.',
    source: 'reported',
    usedIn: 'src/connectors/azure-devops/shapes.ts',
    needs: ['board'],
    async try({ board }) {
      const { id } = await board.make('markdown');
      const text = '# One\n\n- two\n- **three**';
      const format = { op: 'add', path: '/multilineFieldsFormat/System.Description', value: 'Markdown' };
      const { status, words } = await board.patch(id, [setField('System.Description', text), format]);
      const back = await fieldOf(board, id, 'System.Description');
      return judge(status === 200 && back === text, `${words}, then ${JSON.stringify(back)}`);
    },
  },
  {
    id: 'board-deleted',
    fact: 'A deleted work item is answered with 404, and the product takes it for gone.',
    source: 'recorded',
    usedIn: 'src/connectors/azure-devops/api.ts',
    needs: ['board'],
    async try({ board }) {
      const { id } = await board.make('deleted');
      const removed = await board.inProject('DELETE', `/_apis/wit/workitems/${id}`);
      if (removed.status >= 300) return notTried(`the token may not delete work items: ${removed.words}`);
      const { status, words } = await board.call('GET', `/_apis/wit/workItems/${id}`);
      const tile = await board.tracker.tile(id);
      return judge(status === 404 && tile === undefined, words);
    },
  },
];
