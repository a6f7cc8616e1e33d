/** Makes the files of a node follow what other nodes write: notes and activity. What a person edits here is taken in meanwhile. */
import { setImmediate } from 'node:timers/promises';
import { type MemoryFolder, type MemoryReading, memoryFolderOf } from '../../agents/memory-folder.ts';
import { digestOf } from '../../base/digest.ts';
import type { Node } from '../node.ts';
import { writeActivity } from './activity.ts';

/** Lines of two agents, and versions of two nodes, may become visible in another order than they are numbered and dated. */
const [idsAgain, msAgain] = [1_000, 10 * 60_000];
/** Of agents whose files are looked at without a pause. */
const atOnce = 50;

const noNotes: MemoryReading = { files: [], refused: [] };
const nothing = digestOf(noNotes);
const digestIn = (folder: MemoryFolder) => digestOf(folder.read() ?? noNotes);

/** A step of a loop; the first one looks at everything. */
export function createFollower({ store, agents }: Pick<Node, 'store' | 'agents'>) {
  const seen = new Map<string, string>();
  let activityId = 0;
  let notesAt = 0;

  return async (): Promise<void> => {
    const lines = await store.activity.since(Math.max(0, activityId - idsAgain));
    const notes = await store.memory.since(notesAt - msAgain);
    const [active, noted] = [new Set(lines.agentIds), new Set(notes.agentIds)];
    for (const [count, state] of agents.list().entries()) {
      if (!('agent' in state)) continue;
      if (count % atOnce === 0) await setImmediate();
      const folder = memoryFolderOf(state.agent.folder);
      if (active.has(state.id)) await writeActivity(store, state.agent);
      if (!noted.has(state.id) && (seen.get(state.id) ?? nothing) === digestIn(folder)) continue;
      await store.memory.settle(state.id, folder);
      seen.set(state.id, digestIn(folder));
    }
    [activityId, notesAt] = [lines.id, notes.at];
  };
}
