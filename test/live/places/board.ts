/** A project's board: work items made for one fact each, and removed by their tag. */
import { isLoopbackUrl } from '../../../src/agents/config/forms.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { OutsideError } from '../../../src/base/errors.ts';
import { createAzureDevOps } from '../../../src/connectors/azure-devops/azure-devops.ts';
import { Permit, type PermitKind } from '../../../src/work-items/gate/permit.ts';
import type { TileSummary, Tracker } from '../../../src/work-items/tracker.ts';
import { isMarked } from '../mark.ts';
import { createRaw, pick, type Raw, type RawAsk, type Seen } from '../raw.ts';
import { type Place, type PlaceOptions, removeEach } from './place.ts';

interface Made {
  id: number;
  rev: number;
}

interface Operation {
  op: string;
  path: string;
  value?: unknown;
}

export interface Board extends Place {
  run: string;
  /** The product's own connector. */
  tracker: Tracker;
  organization: string;
  project: string;
  /** A call below the organization, version 7.1 unless the query says otherwise. */
  call: Raw;
  /** The same below the project. */
  inProject: Raw;
  /** A new work item with our tag; throws where there is none afterwards. */
  make(title: string, fields?: Readonly<Record<string, unknown>>): Promise<Made>;
  /** Asks for a new one, and answers what the server said. */
  create(title: string, fields?: Readonly<Record<string, unknown>>): Promise<Seen>;
  patch(id: number, operations: readonly Operation[], query?: RawAsk['query']): Promise<Seen>;
  permit(kind: PermitKind, workItemId: number, rev: number): Permit;
  /** In the process's own order: the first is that of new work items. */
  states(): Promise<readonly string[]>;
}

/** Every process of Azure DevOps has it. */
const type = 'Task';
/** A project with more is not empty, and need not be read to its end. */
const itemsMax = 10_000;
const namedMax = 5;

export const setField = (name: string, value: unknown): Operation => ({ op: 'add', path: `/fields/${name}`, value });

const isOurs = ({ tags }: TileSummary) => tags.some(isMarked);
const nameOf = (id: number) => `work item ${id}`;

function createCalls({ settings, fetch, redact }: PlaceOptions, organization: string, project: string) {
  const base = `${settings.AZDO_URL.replace(/\/+$/, '')}/${encodeURIComponent(organization)}`;
  const authorization = `Basic ${Buffer.from(`:${settings.AZDO_PAT}`).toString('base64')}`;
  const headers = { authorization, 'X-TFS-FedAuthRedirect': 'Suppress' };
  const raw = createRaw({ system: `Azure DevOps (${organization})`, baseUrl: base, headers, fetch, redact });
  const versioned = (prefix: string): Raw => {
    return (method, path, ask = {}) =>
      raw(method, `${prefix}${path}`, { ...ask, query: { 'api-version': '7.1', ...ask.query } });
  };
  return { call: versioned(''), inProject: versioned(`/${encodeURIComponent(project)}`) };
}

/** Work items of the whole project, whoever made them. */
async function all(tracker: Tracker): Promise<TileSummary[]> {
  const everything = 'SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project ORDER BY [System.Id]';
  return tracker.summaries(await tracker.selected(everything, itemsMax));
}

export function createBoard(options: PlaceOptions): Board {
  const { settings, run, http } = options;
  const { AZDO_URL: baseUrl, AZDO_ORG: organization = '', AZDO_PROJECT: project = '', AZDO_PAT: pat = '' } = settings;
  const where = { baseUrl, organization, project, own: {}, pat };
  const tracker = createAzureDevOps({ ...where, contentFields: ['System.Description'], http });
  const { call, inProject } = createCalls(options, organization, project);
  const jsonPatch = { 'content-type': 'application/json-patch+json' };

  const create: Board['create'] = async (title, fields = {}) => {
    const given = { 'System.Title': `${run} ${title}`, 'System.Tags': run, ...fields };
    const body = Object.entries(given).map(([name, value]) => setField(name, value));
    const seen = await inProject('POST', `/_apis/wit/workItems/$${type}`, { body, headers: jsonPatch });
    const id = pick(seen.body, 'id');
    if (typeof id === 'number') options.made.workItems.add(id);
    return seen;
  };

  async function remove(id: number): Promise<void> {
    // Read again at the last moment: somebody may have taken our tag away and made it theirs.
    const [now] = await tracker.summaries([id]);
    if (!now) return;
    if (!isOurs(now)) throw new Error('it does not bear our tag any more');
    const { status, words } = await inProject('DELETE', `/_apis/wit/workitems/${id}`);
    if (status >= 300 && status !== 404) throw new Error(words);
  }

  return {
    name: `project ${project} of ${organization}`,
    isEmulator: isLoopbackUrl(baseUrl),
    ...{ run, tracker, organization, project, call, inProject, create },
    async make(title, fields) {
      const made = await create(title, fields);
      const [id, rev] = [pick(made.body, 'id'), pick(made.body, 'rev')];
      if (typeof id === 'number' && typeof rev === 'number') return { id, rev };
      const asked = { system: `Azure DevOps (${organization})`, request: `a new ${type}` };
      throw new OutsideError(`${asked.request} could not be made: ${made.words}`, { ...asked, kind: 'failed' });
    },
    patch: (id, body, query = {}) => call('PATCH', `/_apis/wit/workItems/${id}`, { body, headers: jsonPatch, query }),
    permit(kind, workItemId, rev) {
      const tenant = `${organization}/${project}`;
      const binding = { kind, agentId: 'live', tenant, workItemId, rev, configDigest: '' };
      return Permit.mint(crypto.randomUUID(), binding, systemClock);
    },
    states: async () => (await tracker.stateNames()).get(type) ?? [],
    async foreign() {
      const others = (await all(tracker)).filter((item) => !isOurs(item));
      const more = others.length > namedMax ? [`${others.length - namedMax} more work items`] : [];
      return [...others.slice(0, namedMax).map(({ workItemId }) => nameOf(workItemId)), ...more];
    },
    async clean() {
      const found = (await all(tracker)).filter(isOurs).map(({ workItemId }) => workItemId);
      const ids = new Set([
        ...found,
        ...(await tracker.summaries([...options.made.workItems])).map(({ workItemId }) => workItemId),
      ]);
      return removeEach([...ids], nameOf, remove);
    },
  };
}
