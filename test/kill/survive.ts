/** One work item on its way to Deployed while a part of the platform is killed, and what stands outside afterwards. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoFix, demoSource, scriptFor } from '../../emulators/demo-repository/model-script.ts';
import { type Emulators, startEmulators } from '../../emulators/start.ts';
import { projectOf } from '../../emulators/tenants.ts';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { systemClock } from '../../src/base/clock.ts';
import { runProgram } from '../../src/base/program.ts';
import type { Broker } from '../../src/broker/broker.ts';
import { createEngineer, type Engineer } from '../../src/cli/demo/engineer.ts';
import { follow } from '../../src/cli/demo/follow.ts';
import { writeDemoWorkspace } from '../../src/cli/demo/workspace.ts';
import { programEnvironment } from '../../src/settings.ts';
import { openStore, type Store } from '../../src/store/database.ts';
import type { StoredSession } from '../../src/store/session-rows.ts';
import { brokerOver } from '../../src/supervisor/supervisor.ts';
import { startNode } from './node.ts';

/** What stands outside and inside when all is over. */
export interface Traces {
  /** The states of the tile, as its revisions have them, each change once. */
  states: string[];
  /** The comments that the agent left. */
  comments: string[];
  /** Branches of the bare repository. */
  branches: string[];
  pullRequests: number;
  links: number;
  /** The commits that were deployed. */
  deployed: string[];
  version: string;
  audit: { ok: boolean };
  /** Processes that outlived the node. */
  processes: string[];
  /** Folders of turns that nobody removed. */
  folders: string[];
}

export interface Survival {
  session: StoredSession | undefined;
  traces: Traces;
  passed: string[];
  restarts: number;
  /** For whoever reads a failure: the session's log and what the node said. */
  story: string;
}

const agentId = 'codechange/acme';
/** A road takes some seconds; on a machine that does much else, many more. */
const minutesMax = 3;
const settleMs = 10_000;
const lookMs = 50;

/** Reads what a person sees at the emulators. */
function outsideOf({ urls, tenants }: Emulators, workItemId: number) {
  const { secrets, repository, directory, instance } = tenants.acme;
  const items = `${urls.azureDevOps}/acme/${projectOf('acme')}/_apis/wit/workItems/${workItemId}`;
  const basic = `Basic ${Buffer.from(`:${secrets.pats.engineer}`).toString('base64')}`;

  async function ask<T>(url: string, authorization = basic): Promise<T> {
    const answer = await fetch(url, { headers: { authorization } });
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  async function states(): Promise<string[]> {
    type Revisions = { value: { fields: Record<string, string> }[] };
    const { value } = await ask<Revisions>(`${items}/revisions?api-version=7.1`);
    const all = value.map(({ fields }) => fields['System.State'] ?? '');
    return all.filter((state, at) => state !== all[at - 1]);
  }

  async function branches(): Promise<string[]> {
    const args = ['--git-dir', directory, 'for-each-ref', '--format=%(refname:short)', 'refs/heads'];
    const listed = await runProgram({ file: 'git', args, env: programEnvironment(), timeoutMs: 10_000 });
    return listed.stdout.toString('utf8').trim().split('\n');
  }

  return async (): Promise<Omit<Traces, 'audit' | 'processes' | 'folders'>> => {
    type Comments = { comments: { text: string; createdBy: { displayName: string } }[] };
    const { comments } = await ask<Comments>(`${items}/comments?order=asc&api-version=7.1-preview.4`);
    const token = `Bearer ${secrets.gitTokens.engineer}`;
    const pulls = await ask<unknown[]>(`${urls.github}/repos/${repository}/pulls?state=all`, token);
    const { relations = [] } = await ask<{ relations?: unknown[] }>(`${items}?$expand=relations&api-version=7.1`);
    return {
      states: await states(),
      comments: comments.filter(({ createdBy }) => createdBy.displayName.startsWith('Agent')).map(({ text }) => text),
      branches: await branches(),
      pullRequests: pulls.length,
      links: relations.length,
      deployed: instance.history().map(({ sha }) => sha),
      version: instance.version(),
    };
  };
}

/** What the engineer does is looked at at once instead of at the next second. */
function noticed(engineer: Engineer, broker: Broker): Engineer {
  const beat = () =>
    broker.publish({ to: `agent/${agentId}`, command: 'heartbeat' }, { kind: 'platform', name: 'hook' });
  return {
    ...engineer,
    move: async (id, state) => void (await engineer.move(id, state).then(beat)),
    merge: async (number) => void (await engineer.merge(number).then(beat)),
  };
}

/** The session once nothing is under way and nothing owed; as it is when that takes too long. */
async function settled(store: Store, workItemId: number): Promise<StoredSession | undefined> {
  const key = { agentId, sessionId: `wi-${workItemId}` };
  for (const until = Date.now() + settleMs; ; await systemClock.sleep(lookMs)) {
    const session = await store.sessions.get(agentId, key.sessionId);
    const rests = session !== undefined && session.leaseOwner === undefined && session.wakeAt === undefined;
    if (Date.now() > until || (rests && (await store.effects.open(key)).length === 0)) return session;
  }
}

/** The whole road of one work item; each start of the node is armed with one of `crashAt`, the first one first. */
export async function survive(...crashAt: string[]): Promise<Survival> {
  const folder = mkdtempSync(join(tmpdir(), 'kill-'));
  const root = join(folder, 'workspace');
  const fix = demoFix();
  const script = scriptFor(fix, undefined);
  const emulators = await startEmulators({ folder: join(folder, 'code'), source: demoSource, script });
  writeDemoWorkspace(root, emulators, [
    { tenant: 'acme', testCommand: 'npm test', config: { heartbeat: '* * * * * *' } },
  ]);
  // The platform's first note would make this folder, and a changed agent gets a new worker, which has no crash points.
  mkdirSync(join(root, agentId, 'memory'), { mode: 0o700 });
  const store = await openStore({ folder: join(root, '.jvagent', 'state'), clock: systemClock });
  const engineer = noticed(
    createEngineer(emulators, 'acme'),
    brokerOver(store, createAgentStore({ root }), systemClock),
  );
  const workItemId = await engineer.file(fix.workItem);
  const settings = {
    ANTHROPIC_API_KEY: 'sk-kill-no-key-at-all',
    ANTHROPIC_BASE_URL: emulators.urls.anthropic,
    JVAGENT_ALLOW_LOOPBACK: '1',
    JVAGENT_HOOK_PORT: '0',
  };
  const node = startNode({ root, settings, crashAt });
  try {
    const signal = new AbortController().signal;
    const followed = {
      store,
      agentId,
      workItemId,
      clock: systemClock,
      engineer,
      onPhase: () => {},
      minutesMax,
      signal,
    };
    await follow(followed);
    const session = await settled(store, workItemId);
    const processes = await node.stop();
    const log = await store.log.list({ agentId, sessionId: `wi-${workItemId}`, max: 1_000 });
    const turns = join(root, '.jvagent', 'run');
    const traces = {
      ...(await outsideOf(emulators, workItemId)()),
      audit: await store.audit.verify(agentId),
      processes,
      folders: existsSync(turns) ? readdirSync(turns) : [],
    };
    const story = `${log.map((entry) => JSON.stringify(entry).slice(0, 400)).join('\n')}\n${node.said()}`;
    return { session, traces, passed: node.passed(), restarts: node.restarts(), story };
  } finally {
    await node.stop();
    await store.close();
    await emulators.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
