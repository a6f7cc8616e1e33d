/**
 * A whole platform against the emulators for one story: real CLI, real git over HTTP, real database, one folder that is removed.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, TestRunner } from 'vitest';
import type { Script } from '../../emulators/anthropic/script.ts';
import type { Fault } from '../../emulators/control/faults.ts';
import { demoFix, demoSource, scriptFor } from '../../emulators/demo-repository/model-script.ts';
import { createEngineer, type Engineer } from '../../emulators/engineer.ts';
import { type Emulators, startEmulators } from '../../emulators/start.ts';
import { projectOf, type TenantName } from '../../emulators/tenants.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import { mainSession } from '../../src/broker/session-id.ts';
import { type DemoAgent, writeDemoWorkspace } from '../../src/cli/demo/workspace.ts';
import { isRefusal } from '../../src/refusal.ts';
import { readSettings, type Settings } from '../../src/settings.ts';
import type { StoredSession } from '../../src/store/session-rows.ts';
import type { WatchPace } from '../../src/supervisor/ops/watch.ts';
import { brokerOver, type Supervisor, startSupervisor } from '../../src/supervisor/supervisor.ts';
import { type Company, openCompany } from '../outbound/company.ts';
import { nameDatabase, storyDatabase } from './story-database.ts';

export const fix = demoFix();
/** What `npm test` starts in the demo repository. */
export const testCommand = 'node test.js';
/** The scripted model that plans and makes the demo repository's real fix. */
export const fixingScript = scriptFor(fix, undefined);

export interface WorldOptions {
  /** Acme alone when missing. */
  agents?: readonly Omit<DemoAgent, 'testCommand'>[];
  script?: Script;
  /** The files that each customer's repository begins with; the demo repository's when missing. */
  source?: string;
  /** Called when the workspace stands and nothing is started yet. */
  prepare?: (world: { root: string; emulators: Emulators }) => void;
  /** Crash points to arm in the workers, see src/base/crash-points.ts. */
  crashAt?: string;
  /** Nobody looks at the board while the story waits: hooks, or the story itself, bring each look. */
  isUnwatched?: true;
  /** The workspace is reached by a link, into a folder whose name has a space, a comma and an umlaut. */
  isBehindLink?: true;
  /** How soon alarms are told. */
  watchPace?: WatchPace;
  /** The platform has only a company's proxy, which knows every system by an https name and signs its certificates itself. */
  isBehindProxy?: true;
}

function placeFor(folder: string, isBehindLink: boolean): string {
  if (!isBehindLink) return join(folder, 'workspace');
  mkdirSync(join(folder, 'früher, später'));
  symlinkSync('früher, später', join(folder, 'link'));
  return join(folder, 'link', 'workspace');
}

export interface World {
  root: string;
  emulators: Emulators;
  /** With `isBehindProxy`. */
  company: Company | undefined;
  settings: Settings;
  supervisor: Supervisor;
  engineer: (tenant?: TenantName, pat?: string) => Engineer;
  /** Files the demo repository's bug as a work item; its id. */
  fileBug: (tenant?: TenantName) => Promise<number>;
  session: (workItemId: number, tenant?: TenantName) => Promise<StoredSession | undefined>;
  /** Resolves when the item's phase is one of these and its turn has ended; fails after the time with what it was instead. */
  until: (workItemId: number, phases: string | readonly string[], tenant?: TenantName) => Promise<StoredSession>;
  /** Asks again and again until the answer is true, while the agents look at their boards now and then. */
  eventually: (what: string, holds: () => Promise<boolean> | boolean) => Promise<void>;
  /**
   * The same for what is only true while nothing of the agent runs: it looks again only when the answer was no at rest. Otherwise
   * its turns follow each other without a gap on a machine on which a look takes longer than the pause between two.
   */
  atRest: (what: string, holds: () => Promise<boolean> | boolean, tenant?: TenantName) => Promise<void>;
  /** Lets an agent look at its board, as its heartbeat would, and at all that it finds there; resolves when that is over. */
  lookedAround: (tenant?: TenantName) => Promise<void>;
  fault: (fault: Fault) => void;
  /** The comments on a tile, oldest first, as the board stores them. */
  comments: (workItemId: number, tenant?: TenantName) => Promise<{ text: string; by: string }[]>;
  /** Everything that was written to the session's log, as one text. */
  log: (workItemId: number, tenant?: TenantName) => Promise<string>;
  /** Names of the branches in the tenant's bare repository. */
  branches: (tenant?: TenantName) => string[];
  /** Stops the platform, lets something happen, and starts it again. */
  restart: (meanwhile?: () => Promise<unknown>) => Promise<void>;
  close: () => Promise<void>;
}

/** A little less than a test may take, so that what did not happen is told. */
const waitMs = 420_000;
const lookMs = 100;
/**
 * A look at the board costs a third of a second of a core, so that none is taken while nobody waits for it: one as soon as
 * somebody does, and more after pauses that double.
 */
const beatMs = { first: 2_000, longest: 8_000 };
const never = '0 0 1 1 *';

function settingsOf(root: string, network: Record<string, string>, crashAt: string | undefined): Settings {
  const env = {
    HOME: root,
    ANTHROPIC_API_KEY: 'sk-story-no-key-at-all',
    ...network,
    ...(crashAt ? { JVAGENT_CRASH_AT: crashAt } : {}),
  };
  const settings = readSettings({ env, root });
  if (isRefusal(settings)) throw new Error(settings.why);
  return settings;
}

async function start(settings: Settings, watchPace: WatchPace | undefined): Promise<Supervisor> {
  const how = { clock: systemClock, log: createLog('story', 'fatal'), ...(watchPace ? { watchPace } : {}) };
  const supervisor = await startSupervisor({ settings, ...how });
  if (isRefusal(supervisor)) throw new Error(`${supervisor.refused}: ${supervisor.why}`);
  return supervisor;
}

function branchesIn(directory: string): string[] {
  const loose = join(directory, 'refs', 'heads');
  const walk = (folder: string, prefix: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? walk(join(folder, entry.name), `${prefix}${entry.name}/`) : [`${prefix}${entry.name}`],
    );
  const packed = join(directory, 'packed-refs');
  const lines = existsSync(packed) ? readFileSync(packed, 'utf8').split('\n') : [];
  const names = lines.flatMap((line) => line.split(' refs/heads/')[1] ?? []);
  return [...new Set([...walk(loose, ''), ...names])].sort();
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { agents = [{ tenant: 'acme' }], script = fixingScript, source = demoSource, prepare, crashAt } = options;
  const { isUnwatched = false, isBehindLink = false, isBehindProxy = false, watchPace } = options;
  const folder = mkdtempSync(join(tmpdir(), 'story-'));
  const root = placeFor(folder, isBehindLink);
  const emulators = await startEmulators({ folder: join(folder, 'code'), source, script });
  const quick = agents.map((agent) => ({
    ...agent,
    testCommand: source === demoSource ? testCommand : 'npm test',
    config: { heartbeat: never, ...agent.config },
  }));
  const company = isBehindProxy ? await openCompany(emulators, folder) : undefined;
  writeDemoWorkspace(root, company?.emulators ?? emulators, quick);
  prepare?.({ root, emulators });
  const database = await storyDatabase();
  if (database) await nameDatabase(root, database.url);
  const onLoopback = { ANTHROPIC_BASE_URL: emulators.urls.anthropic, JVAGENT_ALLOW_LOOPBACK: '1' };
  const settings = settingsOf(root, company?.env ?? onLoopback, crashAt);
  let supervisor = await start(settings, watchPace);
  let isClosed = false;
  let beatAt = 0;
  let pauseMs = beatMs.first;

  async function beat(agentId: string): Promise<void> {
    const broker = brokerOver(supervisor.store, supervisor.agents, systemClock);
    await broker.publish({ to: `agent/${agentId}`, command: 'heartbeat' }, { kind: 'platform', name: 'heartbeat' });
  }

  /** Whether nothing of the agent is waiting for a turn, and no look at its board is running. */
  async function isIdle(agentId: string): Promise<boolean> {
    const now = Date.now();
    const isBusy = ({ sessionId, leaseOwner, wakeAt = now + 1 }: StoredSession) =>
      leaseOwner === undefined ? wakeAt <= now : sessionId === mainSession;
    return !(await supervisor.store.sessions.list(agentId)).some(isBusy);
  }

  /** Whether no turn of the agent runs or waits to. */
  const isAtRest = async (agentId: string) =>
    (await isIdle(agentId)) && !(await supervisor.store.sessions.list(agentId)).some(({ leaseOwner }) => leaseOwner);

  /** On a machine that does much else the last look may not be over yet. */
  async function beatWhereIdle(): Promise<void> {
    if (isUnwatched || Date.now() < beatAt) return;
    beatAt = Date.now() + pauseMs;
    pauseMs = Math.min(2 * pauseMs, beatMs.longest);
    for (const { tenant } of agents) {
      if (await isIdle(`codechange/${tenant}`)) await beat(`codechange/${tenant}`);
    }
  }

  /** An item in work keeps others from its files, so that those of a test that is over are let go of. */
  async function letGo(workItemId: number, tenant: TenantName): Promise<void> {
    if (isClosed || !['executing', 'pr-created'].includes((await session(workItemId, tenant))?.phase ?? '')) return;
    const to = `agent/codechange/${tenant}/session/wi-${workItemId}` as const;
    const broker = brokerOver(supervisor.store, supervisor.agents, systemClock);
    await broker.publish({ to, command: 'work.cancel' }, { kind: 'person', name: 'the next test' });
  }

  function engineer(tenant: TenantName = 'acme', pat?: string): Engineer {
    const person = createEngineer(emulators, tenant, pat === undefined ? undefined : { pat });
    const done = () => beatSoon();
    return {
      ...person,
      async file(item) {
        const id = await person.file(item).finally(done);
        if (TestRunner.getCurrentTest()) onTestFinished(() => letGo(id, tenant));
        return id;
      },
      move: (id, state) => person.move(id, state).finally(done),
      comment: (id, text) => person.comment(id, text).finally(done),
      setField: (id, field, value) => person.setField(id, field, value).finally(done),
      merge: (number, method) => person.merge(number, method).finally(done),
    };
  }

  const session = (workItemId: number, tenant: TenantName = 'acme') =>
    supervisor.store.sessions.get(`codechange/${tenant}`, `wi-${workItemId}`);

  async function wait(what: string, holds: () => Promise<boolean> | boolean, between: () => Promise<void>) {
    for (const until = Date.now() + waitMs; Date.now() < until; ) {
      if (await holds()) return;
      await between();
      await systemClock.sleep(lookMs);
    }
    throw new Error(`${what} did not happen within ${waitMs / 1_000} s`);
  }

  /** Something happened, or is waited for: it is looked at soon. */
  function beatSoon(inMs = 0): void {
    beatAt = Math.min(beatAt, Date.now() + inMs);
    pauseMs = beatMs.first;
  }

  const eventually: World['eventually'] = (what, holds) => {
    beatSoon(beatMs.first / 2);
    return wait(what, holds, beatWhereIdle);
  };

  const atRest: World['atRest'] = (what, holds, tenant = 'acme') => {
    beatSoon(beatMs.first / 2);
    return wait(what, holds, async () => {
      if ((await isAtRest(`codechange/${tenant}`)) && !(await holds())) await beatWhereIdle();
    });
  };

  async function lookedAround(tenant: TenantName = 'acme'): Promise<void> {
    const { store } = supervisor;
    const agentId = `codechange/${tenant}`;
    const lastAt = async () => (await store.agents.get(agentId)).lastHeartbeatAt;
    const before = await lastAt();
    await beat(agentId);
    const hasLooked = async () => (await lastAt()) !== before;
    await wait('a look at the board', hasLooked, async () => {});
    await wait(
      'an end of all looks',
      () => isAtRest(agentId),
      async () => {},
    );
  }

  const log = async (workItemId: number, tenant: TenantName = 'acme') => {
    const which = { agentId: `codechange/${tenant}`, sessionId: `wi-${workItemId}`, max: 1_000 };
    return (await supervisor.store.log.list(which)).map((entry) => JSON.stringify(entry)).join('\n');
  };

  return {
    root,
    emulators,
    company,
    settings,
    get supervisor() {
      return supervisor;
    },
    engineer,
    session,
    eventually,
    atRest,
    lookedAround,
    log,
    fileBug: (tenant) => engineer(tenant).file(fix.workItem),
    async until(workItemId, phases, tenant) {
      const wanted = typeof phases === 'string' ? [phases] : phases;
      let seen: StoredSession | undefined;
      const holds = async () => {
        seen = await session(workItemId, tenant);
        return seen?.item !== undefined && wanted.includes(seen.item.phase) && seen.leaseOwner === undefined;
      };
      await eventually(wanted.join(' or '), holds).catch(async (error: unknown) => {
        const was = `${seen?.item?.phase ?? 'nothing'} ${JSON.stringify(seen?.waits ?? seen?.item?.refusal ?? {})}`;
        throw new Error(`${String(error)}; it is ${was}\n${(await log(workItemId, tenant)).slice(-4_000)}`);
      });
      if (!seen) throw new Error('a session that was seen is gone');
      return seen;
    },
    fault: (fault) => emulators.faults.add(fault),
    async comments(workItemId, tenant = 'acme') {
      const project = encodeURIComponent(projectOf(tenant));
      const url = `${emulators.urls.azureDevOps}/${tenant}/${project}/_apis/wit/workItems/${workItemId}/comments`;
      const pat = emulators.tenants[tenant].secrets.pats.engineer;
      const authorization = `Basic ${Buffer.from(`:${pat}`).toString('base64')}`;
      const answer = await fetch(`${url}?order=asc&api-version=7.1-preview.4`, { headers: { authorization } });
      const { comments } = (await answer.json()) as {
        comments: { text: string; createdBy: { displayName: string } }[];
      };
      return comments.map(({ text, createdBy }) => ({ text, by: createdBy.displayName }));
    },
    branches: (tenant = 'acme') => branchesIn(emulators.tenants[tenant].directory),
    async restart(meanwhile = async () => {}) {
      await supervisor.stop();
      await meanwhile();
      supervisor = await start(settings, watchPace);
    },
    async close() {
      isClosed = true;
      await supervisor.stop();
      await company?.close();
      await emulators.close();
      await database?.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
