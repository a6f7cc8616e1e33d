/** How a turn hands over what other nodes need to go on with its work, and gets what they left. */
import type { Implementation } from '../../ipc/peer.ts';
import type { OrderedWork, WorkMethods } from '../../ipc/work.ts';
import type { Store } from '../../store/database/database.ts';
import type { RunningTurn } from '../running-turn.ts';

export function workMethods(
  { work }: Pick<Store, 'work'>,
  turn: (turnId: string) => RunningTurn,
): Implementation<WorkMethods> {
  return {
    async workPart({ turnId, ...part }) {
      await work.addPart(turn(turnId), part);
      return null;
    },
    async workKept({ turnId, kept }) {
      await work.keep(turn(turnId), kept);
      return null;
    },
    readWork: async ({ turnId, bundle, part }) => (await work.part(turn(turnId), bundle, part)) ?? null,
    async treeWritten({ turnId, tree }) {
      await work.setTree(turn(turnId), tree);
      return null;
    },
  };
}

/** What the order of a turn says of the work that earlier turns left. */
export async function orderedWork(
  { work }: Pick<Store, 'work'>,
  turn: RunningTurn,
): Promise<{ work?: OrderedWork; tree?: string }> {
  const [kept, tree] = await Promise.all([work.of(turn), work.treeOf(turn)]);
  if (!kept) return tree === undefined ? {} : { tree };
  const { place, ...bundle } = kept;
  const isElsewhere = bundle.bundle === undefined && place !== work.place;
  return { work: { ...bundle, commits: [...bundle.commits], isElsewhere }, ...(tree === undefined ? {} : { tree }) };
}
