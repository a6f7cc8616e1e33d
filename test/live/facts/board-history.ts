/** Who changed a work item, as its history says: what approvals depend on. */
import { type Fact, judge, notTried } from '../fact.ts';
import { type Board, setField } from '../places/board.ts';
import { pick, rowsOf } from '../raw.ts';

const gate = 'src/work-items/gate/rules.ts';

/** Somebody of the project who is not the token's account. */
async function somebodyElse(board: Board, ownId: string): Promise<string | undefined> {
  const home = `/_apis/projects/${encodeURIComponent(board.project)}`;
  for (const team of await board.tracker.teams()) {
    const { body } = await board.call('GET', `${home}/teams/${encodeURIComponent(team)}/members`);
    for (const member of rowsOf(pick(body, 'value'))) {
      const name = pick(member, 'identity', 'uniqueName');
      if (pick(member, 'identity', 'id') !== ownId && typeof name === 'string' && name.includes('@')) return name;
    }
  }
  return undefined;
}

export const historyFacts: readonly Fact<'board'>[] = [
  {
    id: 'board-three-names',
    fact: 'The update, the person shown and the person signed in are the same for a change by the token.',
    source: 'recorded',
    usedIn: gate,
    needs: ['board'],
    async try({ board }) {
      const me = await board.tracker.me();
      const [, state] = await board.states();
      const { id } = await board.make('three names');
      await board.patch(id, [setField('System.State', state)]);
      const change = await board.tracker.lastStateChange(id);
      const ids = [change?.by.id, change?.shownAs.id, change?.signedInAs.id];
      return judge(
        ids.every((one) => one === me.id),
        ids.map((one) => (one === me.id ? 'the token' : one)).join(', '),
      );
    },
  },
  {
    id: 'board-forged-name',
    fact: 'Whoever may bypass rules can show another person, but the account that was signed in stays.',
    source: 'assumed',
    usedIn: gate,
    needs: ['board'],
    async try({ board }) {
      const me = await board.tracker.me();
      const other = await somebodyElse(board, me.id);
      if (other === undefined) return notTried('nobody else is in a team of the project');
      const [, state] = await board.states();
      const { id } = await board.make('forged name');
      const forged = [setField('System.State', state), setField('System.ChangedBy', other)];
      const { status, words } = await board.patch(id, forged, { bypassRules: true });
      if (status >= 300) return notTried(`the token may not bypass rules, as it should be: ${words}`);
      const change = await board.tracker.lastStateChange(id);
      const isSo = change?.shownAs.id !== me.id && change?.signedInAs.id === me.id;
      const nameOf = (one: string | undefined) => (one === me.id ? 'the token' : 'the other person');
      return judge(isSo, `shown ${nameOf(change?.shownAs.id)}, signed in ${nameOf(change?.signedInAs.id)}`);
    },
  },
];
