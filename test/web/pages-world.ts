/** The pages of a workspace whose state the test fills, as a browser and a program would get them. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { readPlatform } from '../../src/status/read-facts.ts';
import type { ViewSource } from '../../src/views/source.ts';
import type { Page, Viewer } from '../../src/web/page.ts';
import { framed } from '../../src/web/pages/frame.ts';
import type { EventOf, LifecycleEvent } from '../../src/work-items/lifecycle/events.ts';
import { writePlan } from '../../src/work-items/plan.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';
import { acme, claimOptions, granted, openTestStore, rules, session } from '../store/fixture.ts';
import { attribute, elementsIn, textOf } from './markup.ts';

export const plan = {
  summary: 'Guard the **keys** <img src=x onerror=alert(1)>',
  steps: ['Refuse an empty key'],
  files: [{ path: 'pointer.js', change: 'edit' as const }],
  tests: ['npm test'],
  risks: '',
  rollback: '',
};

export async function startPages(files: Record<string, unknown> = {}) {
  const { store, clock, folder } = await openTestStore();
  const { root, write } = createWorkspace({ 'codechange/acme/jvAgent.json': customerConfig('acme'), ...files });
  const agents = createAgentStore({ root });
  agents.refresh();
  const source = async (): Promise<ViewSource> => {
    const platform = await readPlatform(store, { isUp: true, now: clock.now() });
    return { store, agents, platform, nodes: [{ pid: 1 }], stateFolder: join(root, '.jvagent') };
  };
  /** Begins a turn of work item 12; `apply` takes an event a minute later. */
  async function begin() {
    await store.sessions.ensure(session);
    const { epoch, claimId } = granted(await store.sessions.claim({ ...claimOptions, leaseMs: 86_400_000 }));
    const turn = { ...session, epoch, claimId };
    return {
      turn,
      async apply(event: LifecycleEvent) {
        clock.time += 60_000;
        const stateMapping = { approved: 'Approved', rejected: 'Rejected' };
        return granted(await store.items.apply({ ...turn, event, rules, stateMapping }));
      },
    };
  }
  return {
    store,
    clock,
    source,
    begin,
    agents,
    /** What somebody does to the state behind the platform's back. */
    sql(statement: string) {
      const database = new Database(join(folder, 'state.db'));
      database.exec(statement);
      database.close();
    },
    /** Another content of one of the agents' files. */
    change(file: string, content: unknown) {
      write(file, content);
      agents.refresh();
    },
    async show<Data>(
      page: Page<Data>,
      params: Record<string, string> = {},
      query: Record<string, string> = {},
      access: Viewer['access'] = 'operate',
    ) {
      const data = granted(await page.read(await source(), { params, query }));
      const viewer: Viewer = { access, path: page.path, now: clock.now(), formToken: 'token' };
      const markup = String(await framed(page.title(data), page.html(data, viewer), viewer));
      const elements = elementsIn(markup);
      const main = elements.find(({ tagName }) => tagName === 'main');
      return {
        data,
        title: page.title(data),
        markup,
        elements,
        text: main ? textOf(main).replaceAll('`', '') : '',
        hrefs: elements.flatMap((one) => (one.tagName === 'a' ? [attribute(one, 'href') ?? ''] : [])),
        actions: elements
          .flatMap((one) => (one.tagName === 'form' ? [attribute(one, 'action') ?? ''] : []))
          .filter((action) => action !== '/logout'),
      };
    },
  };
}

export const found: LifecycleEvent = { kind: 'found', title: 'Guard <b>keys</b>', type: 'Bug' };
export const submitted: EventOf<'plan-submitted'> = {
  kind: 'plan-submitted',
  ...writePlan(12, plan, { outOfPlan: 'block', targetBranch: 'main' }),
  baseSha: 'b'.repeat(40),
  contentHash: 'c',
};
export const approved: LifecycleEvent = {
  kind: 'approved',
  approval: { rev: 7, by: { id: 'erin-id', name: 'Erin', mail: 'erin@x' }, at: 1 },
  branch: 'feature/acme-12',
};
export { acme };
