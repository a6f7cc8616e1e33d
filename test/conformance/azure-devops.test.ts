/** Azure DevOps as one tracker among others; what is its own alone stands in azure-devops-reads and azure-devops-writes. */
import { field, project, startBoards } from './boards-world.ts';
import { type TrackerWorld, trackerCases } from './tracker.ts';

const areas = { root: project, inside: `${project}\\Web`, namesake: `${project}\\Website` };
const names = {
  state: 'System.State',
  title: 'System.Title',
  text: 'System.Description',
  tags: 'System.Tags',
  priority: 'Microsoft.VSTS.Common.Priority',
};

interface Raw {
  relations?: { rel: string; url: string }[];
}

/** The fields as the server names them, of what is given. */
function fieldsOf(given: Record<string, unknown>): Record<string, unknown> {
  const known = Object.entries(names).filter(([name]) => given[name] !== undefined);
  const text = (value: unknown) => (Array.isArray(value) ? value.join('; ') : value);
  return Object.fromEntries(known.map(([name, field]) => [field, text(given[name])]));
}

async function startAzureDevOps(): Promise<TrackerWorld> {
  const { as, byHand, file, set, uploadedFile, close } = await startBoards();
  const item = (id: number) => `_apis/wit/workItems/${id}`;
  const relate = (id: number, values: unknown[]) =>
    byHand(
      'PATCH',
      item(id),
      values.map((value) => ({ op: 'add', path: '/relations/-', value })),
    );
  const relations = async (id: number) =>
    ((await byHand('GET', `${item(id)}?$expand=relations`)) as Raw).relations ?? [];
  return {
    as: (role, { inside, types, tag } = {}) =>
      as(role, {
        own: { areaPath: inside ? areas.inside : undefined, workItemTypes: types, requiredTag: tag },
      }),
    fields: names,
    byHand: {
      file: ({ place = 'root', ...draft } = {}) =>
        place === 'elsewhere'
          ? file(fieldsOf(draft), 'Secret')
          : file({ ...fieldsOf(draft), 'System.AreaPath': areas[place] }),
      edit: async (id, change) => void (await set(id, fieldsOf(change))),
      async forge(id, state) {
        const forged = [field(names.state, state), field('System.ChangedBy', 'engineer@acme.test')];
        await byHand('PATCH', `${item(id)}?bypassRules=true`, forged, 'agent');
      },
      remove: async (id) => void (await byHand('DELETE', item(id))),
      async putAfter(id, others) {
        const url = (other: number) => `https://dev.azure.com/acme/${item(other)}`;
        await relate(
          id,
          others.map((other) => ({ rel: 'System.LinkTypes.Dependency-Reverse', url: url(other) })),
        );
      },
      async attach(id, name, content) {
        const { url } = await uploadedFile(name, content);
        await relate(id, [{ rel: 'AttachedFile', url }]);
      },
      removeComment: async (id, commentId) =>
        void (await byHand('DELETE', `${project}/${item(id)}/comments/${commentId}?api-version=7.1-preview.4`)),
      linksOf: async (id) => (await relations(id)).filter(({ rel }) => rel === 'Hyperlink').map(({ url }) => url),
      async parentOf(id) {
        const parent = (await relations(id)).find(({ rel }) => rel === 'System.LinkTypes.Hierarchy-Reverse');
        return parent && Number(parent.url.split('/').at(-1));
      },
    },
    close,
  };
}

trackerCases('Azure DevOps', startAzureDevOps);
