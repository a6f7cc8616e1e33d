/** Comments of work items: how they are stored, and what they do to their item. */
import { type Fact, judge, notTried } from '../fact.ts';
import type { Board } from '../places/board.ts';
import { pick, rowsOf } from '../raw.ts';

const preview = { 'api-version': '7.1-preview.4' };
const writes = 'src/connectors/azure-devops/writes.ts';

/** A new work item with one comment, as the product writes it. */
async function commented(board: Board, title: string, text: string) {
  const { id, rev } = await board.make(title);
  const comment = await board.tracker.addComment(board.permit('report', id, rev), id, text);
  return { id, rev, comment };
}

const revOf = async (board: Board, id: number) =>
  pick((await board.call('GET', `/_apis/wit/workItems/${id}`)).body, 'rev');

export const commentFacts: readonly Fact<'board'>[] = [
  {
    id: 'board-comment-markdown',
    fact: 'A comment that is sent as Markdown is stored as Markdown, and its text comes back as it was sent.',
    source: 'documented',
    usedIn: writes,
    needs: ['board'],
    async try({ board }) {
      const text = '**Plan** [plan:sha256-0123abcd]\n\n| a | b |\n| --- | --- |\n| 1 | `x < y` |\n\n- one\n- two';
      const { id } = await commented(board, 'comment', text);
      const [back] = await board.tracker.comments(id);
      return judge(back?.format === 'markdown' && back.text === text, `${back?.format} ${JSON.stringify(back?.text)}`);
    },
  },
  {
    id: 'board-comment-emoji',
    fact: 'Characters outside ASCII in a comment read the same afterwards, stored as themselves or as entities.',
    source: 'reported',
    usedIn: 'src/connectors/azure-devops/reads.ts',
    needs: ['board'],
    async try({ board }) {
      const text = 'Größe 🔒 → ok';
      const { id } = await commented(board, 'emoji', text);
      const [back] = await board.tracker.comments(id);
      const read = back ? (await board.tracker.markdownOf(back)).trim() : undefined;
      return judge(read === text, `stored as ${JSON.stringify(back?.text)}, read as ${JSON.stringify(read)}`);
    },
  },
  {
    id: 'board-comment-revision',
    fact: 'A comment raises the revision of its work item, so that the revision read before is an old one.',
    source: 'recorded',
    usedIn: 'src/effects/performer.ts',
    needs: ['board'],
    async try({ board }) {
      const { id, rev } = await commented(board, 'comment revision', 'A comment.');
      const now = await revOf(board, id);
      return judge(now === rev + 1, `revision ${rev}, then ${now}`);
    },
  },
  {
    id: 'board-comment-edit',
    fact: 'An edited comment keeps its id and its format, and has the next version.',
    source: 'documented',
    usedIn: writes,
    needs: ['board'],
    async try({ board }) {
      const { id, comment } = await commented(board, 'comment edit', 'First.');
      const permit = board.permit('report', id, 0);
      const edited = await board.tracker.editComment(permit, id, comment.commentId, 'Second, **bold**.');
      const isSo =
        edited.commentId === comment.commentId &&
        edited.version === comment.version + 1 &&
        edited.format === 'markdown' &&
        edited.text === 'Second, **bold**.';
      return judge(isSo, `version ${edited.version}, ${edited.format}, ${JSON.stringify(edited.text)}`);
    },
  },
  {
    id: 'board-comment-deleted',
    fact: 'A deleted comment is listed only on demand, and is marked as deleted there.',
    source: 'documented',
    usedIn: 'src/connectors/azure-devops/reads.ts',
    needs: ['board'],
    async try({ board }) {
      const { id, comment } = await commented(board, 'comment deleted', 'To be deleted.');
      const path = `/_apis/wit/workItems/${id}/comments`;
      const gone = await board.inProject('DELETE', `${path}/${comment.commentId}`, { query: preview });
      if (gone.status >= 300) return notTried(`the token may not delete its comment: ${gone.words}`);
      const plain = await board.inProject('GET', path, { query: preview });
      const all = await board.inProject('GET', path, { query: { ...preview, includeDeleted: true } });
      const [listed, whole] = [plain, all].map(({ body }) => rowsOf(pick(body, 'comments')));
      const isMarked = whole?.some((row) => pick(row, 'isDeleted') === true);
      return judge(listed?.length === 0 && isMarked === true, `${listed?.length} listed, ${whole?.length} on demand`);
    },
  },
];
