import { createMemoryBoard } from '../memory-tracker.ts';
import { type TrackerWorld, trackerCases } from './tracker.ts';

const agent = { id: 'agent-id', name: 'Acme agent', mail: 'agent@acme.test' };
const engineer = { id: 'engineer-id', name: 'Eli Engineer', mail: 'engineer@acme.test' };
const states = ['New', 'Planning', 'Plan Ready', 'Approved', 'In Progress', 'PR Created', 'Deployed', 'Removed'];
const places = {
  root: 'AcmeImplementation',
  inside: 'AcmeImplementation/Web',
  namesake: 'AcmeImplementation/Website',
  elsewhere: 'Secret',
};

function startMemory(): TrackerWorld {
  const board = createMemoryBoard({
    tenant: 'acme/AcmeImplementation',
    types: { Bug: states, Task: states },
    done: ['Deployed'],
    removed: ['Removed'],
    people: [agent, engineer],
    now: Date.now,
  });
  return {
    as: (role, { inside, ...view } = {}) =>
      board.as(role === 'agent' ? agent : engineer, { ...view, ...(inside ? { place: places.inside } : {}) }),
    fields: { title: 'title', text: 'text', tags: 'tags' },
    byHand: {
      file: async ({ place = 'root', ...draft } = {}) =>
        board.file(engineer, { title: 'Guard keys', ...draft, place: places[place] }),
      edit: async (id, change) => board.edit(id, engineer, change),
      forge: async (id, state) => board.edit(id, engineer, { state }, agent),
      remove: async (id) => void board.items.delete(id),
      putAfter: async (id, predecessors) => board.edit(id, engineer, { predecessors }),
      attach: async (id, name, content) => board.attach(id, engineer, name, content),
      async removeComment(id, commentId) {
        const item = board.items.get(id);
        const comment = item?.comments.find((each) => each.commentId === commentId);
        if (comment) comment.isDeleted = true;
      },
      linksOf: async (id) => board.items.get(id)?.links ?? [],
      parentOf: async (id) => board.items.get(id)?.parent,
    },
    close: async () => {},
  };
}

trackerCases('a tracker in memory', async () => startMemory());
