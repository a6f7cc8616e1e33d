/**
 * The gate, the performer and the lifecycle of one agent, wired as a worker wires them, against the emulators over HTTP.
 *
 * No engine: a fake one always hands in a plan, and always makes and delivers one commit for it, approved or not.
 * Time never stands still: no two moments are the same, so that what happened can be told from what is recorded.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoSource } from '../../emulators/demo-repository/model-script.ts';
import { type Emulators, startEmulators } from '../../emulators/start.ts';
import { parseAgentId } from '../../src/agents/agent-id.ts';
import { loadAgent } from '../../src/agents/load-agent.ts';
import { secretsToHide } from '../../src/agents/secrets/credentials.ts';
import type { Secrets } from '../../src/agents/secrets/secrets.ts';
import type { Clock } from '../../src/base/clock.ts';
import { OutsideError } from '../../src/base/errors.ts';
import { createRedact, type Redact } from '../../src/base/redact.ts';
import type { Message } from '../../src/broker/message.ts';
import { writeDemoWorkspace } from '../../src/cli/demo/workspace.ts';
import { type Connections, connect } from '../../src/connections/connect.ts';
import { createGitHub } from '../../src/connectors/github/github.ts';
import { commitChanges } from '../../src/git/commit.ts';
import type { Peer } from '../../src/ipc/peer.ts';
import type { SupervisorMethods, TurnOrder, WorkerSetup } from '../../src/ipc/protocol.ts';
import { isRefusal, type Refusal } from '../../src/refusal.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { openStore } from '../../src/store/database/database.ts';
import type { TurnKey } from '../../src/store/fence.ts';
import type { Claim } from '../../src/store/sessions.ts';
import { boardWorker } from '../../src/turns/board-worker.ts';
import { beginItemTurn } from '../../src/turns/item/begin.ts';
import { createDrive, type EngineTurnEnd } from '../../src/turns/item/drive-item.ts';
import { requestedEvent } from '../../src/turns/item/person-requests.ts';
import { itemWorker } from '../../src/turns/item-worker.ts';
import type { CodeHost } from '../../src/work-items/code-host.ts';
import type { EnginePhase, Intent, LifecycleEvent } from '../../src/work-items/lifecycle/events.ts';
import { type Plan, writePlan } from '../../src/work-items/plan.ts';
import type { Tile } from '../../src/work-items/tracker.ts';
import { newWorkItem, type WorkItem } from '../../src/work-items/work-item.ts';
import { only } from '../only.ts';
import { direct } from '../outbound/direct.ts';
import { rules } from '../store/fixture.ts';
import { workerParts } from '../turns/turn.ts';
import { bounds } from '../work-items/fixture.ts';

/** What stands for the death of the process. */
class Crash extends Error {}

/** What the fake engine planned and committed. */
export interface Made {
  workItemId: number;
  hash: string;
  /** What the work item said when it was planned. */
  title: string;
  content: Tile['content'];
  /** When its base was looked up. */
  at: number;
  /** The commits for it, oldest first. */
  shas: string[];
}

/** The file that the plans of a work item name. */
export const plannedFile = (workItemId: number) => `change-${workItemId}.txt`;

const agentId = 'codechange/acme';
const startAt = Date.UTC(2026, 10, 20, 12);
/** A lease that no step of the clock ends. */
const leaseMs = 1e12;
/** Calls of the engine in one turn, after which it says nothing more. */
const callsMax = 3;

function accepted<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(`${value.refused}: ${value.why}`);
  return value;
}

/** One time for all; only the emulators' pauses give people a turn. */
function createTimes() {
  let time = startAt;
  const pauses: (() => Promise<void>)[] = [];
  const now = () => ++time;
  const sleep = async (ms: number): Promise<void> => {
    time += ms;
  };
  const platform: Clock = { now, sleep };
  const emulators: Clock = { now, sleep: (ms) => sleep(ms).then(() => pauses.shift()?.()) };
  return { platform, emulators, pauses };
}

function loadAcme(root: string) {
  const loaded = loadAgent({ root, home: root, id: accepted(parseAgentId(agentId)), agentFolders: [] });
  if ('faults' in loaded) throw new Error(loaded.faults[0].message);
  const { agent, secrets } = loaded;
  if (agent.kind !== 'code-change') throw new Error('the agent of acme changes code');
  return { agent, secrets };
}

function createFakeEngine({ tracker, repository }: Connections, made: Map<string, Made>, clock: Clock) {
  async function plan({ workItemId }: WorkItem): Promise<LifecycleEvent> {
    const at = clock.now();
    const { targetSha } = await repository.fetch();
    const tile = await tracker.tile(workItemId);
    if (!tile) return { kind: 'turn-fell-short', why: 'gone' };
    const planned: Plan = {
      summary: `Plan ${made.size + 1}`,
      steps: ['Add the file'],
      files: [{ path: plannedFile(workItemId), change: 'new' }],
      tests: [],
      risks: '',
      rollback: '',
    };
    const written = writePlan(workItemId, planned, bounds);
    const { hash } = written;
    made.set(hash, { workItemId, hash, at, shas: [], title: tile.title, content: tile.content });
    return { kind: 'plan-submitted', ...written, baseSha: targetSha, contentHash: tile.contentHash };
  }

  async function commit({ workItemId, plan: posted, change, hint, counts }: WorkItem): Promise<LifecycleEvent> {
    const { hash = '', baseSha = '' } = posted ?? {};
    const { sha: last, summary = '' } = change?.commit ?? {};
    if (last && hint === undefined) return { kind: 'change-made', sha: last, summary, deliver: 'pull-request' };
    const committed = await commitChanges({
      repository,
      parents: [last ?? baseSha],
      changes: [
        {
          path: plannedFile(workItemId),
          mode: '100644',
          bytes: Buffer.from(`For plan ${hash}, repair ${counts.repairs}.\n`),
        },
      ],
      message: `feat: change (#${workItemId})`,
      author: { name: 'Agent', email: 'agent@acme.example.com' },
      signOff: false,
      at: startAt,
      bounds: { filesMax: 10, linesMax: 10 },
    });
    const { sha } = accepted(committed);
    made.get(hash)?.shas.push(sha);
    return { kind: 'change-made', sha, summary: '', deliver: 'pull-request' };
  }

  return (item: WorkItem, phase: EnginePhase) => (phase === 'planning' ? plan(item) : commit(item));
}

/**
 * GitHub as this work item's turns see it: the client opens one pull request in 3 s for an owner, so that each item spells
 * it in a case of its own, which GitHub takes for the same.
 */
function codeHostFor(workItemId: number, { emulators, secrets, http }: CodeHostParts): CodeHost {
  const letters = [...'acme'].map((letter, at) => ((workItemId >> at) & 1 ? letter.toUpperCase() : letter));
  const { repository } = emulators.tenants.acme;
  return createGitHub({
    apiUrl: emulators.urls.github,
    owner: letters.join(''),
    repository: repository.split('/')[1] ?? '',
    token: secrets.get('GIT_TOKEN')?.reveal() ?? '',
    http,
  });
}

interface CodeHostParts {
  emulators: Emulators;
  secrets: Secrets;
  http: { clock: Clock; redact: Redact };
}

/** A turn that wrote although it had lost its session. */
const isStale = (error: unknown) => error instanceof Error && error.name === 'StaleTurnError';

export async function startGateWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'gate-'));
  const root = join(folder, 'workspace');
  const { platform: clock, emulators: emulatorClock, pauses } = createTimes();
  const code = { folder: join(folder, 'code'), source: demoSource, script: { scenes: [] } };
  const emulators = await startEmulators({ ...code, clock: emulatorClock });
  writeDemoWorkspace(root, emulators, [{ tenant: 'acme' }]);
  const { agent, secrets } = loadAcme(root);
  const redact = createRedact(secretsToHide(secrets, agent.config));
  const http = { clock, redact };
  const repositoryFolder = join(folder, 'repository');
  const allowLoopback = true;
  const connections = accepted(
    await connect({ agent, secrets, redact, clock, repositoryFolder, allowLoopback, outbound: direct }),
  );
  const store = await openStore({ folder: join(folder, 'state'), clock });
  const made = new Map<string, Made>();
  const engine = createFakeEngine(connections, made, clock);
  const identities = [(await connections.tracker.me()).id];
  /** Crash points that the next turn dies at, each at this passage. */
  const crashes = new Map<string, number>();
  /** What people decided in Slack since the last turn. */
  const told = new Map<number, Message[]>();
  let turns = 0;

  function reach(name: string): void {
    const left = (crashes.get(name) ?? 0) - 1;
    crashes.set(name, left);
    if (left === 0) throw new Crash(name);
  }

  /** The ledger and the lifecycle in the real store; nothing is paused, frozen or on hold. */
  function supervisorOf(turn: TurnKey): Peer<SupervisorMethods> {
    const ledger = store.effects.ledgerOf(turn);
    const methods: { [K in keyof SupervisorMethods]?: (params: never) => Promise<unknown> } = {
      effectBegin: async ({ key, intent }: SupervisorMethods['effectBegin']['params']) =>
        (await ledger.begin(key, intent)) ?? null,
      effectEnd: async ({ key, outcome, permitId }: SupervisorMethods['effectEnd']['params']) => {
        await ledger.end(key, outcome, permitId);
        return null;
      },
      blocked: async () => null,
      otherMerges: async () => [],
    };
    const call = async (method: keyof SupervisorMethods, params: unknown) => methods[method]?.(params as never);
    return { call: call as Peer<SupervisorMethods>['call'] };
  }

  function partsOf({ session, epoch, claimId, openIntents, deaths, dyingSince }: Claim) {
    const { sessionId, item } = session;
    const turn = { agentId, sessionId, epoch, claimId };
    const order: TurnOrder = {
      turnId: `turn-${++turns}`,
      sessionId,
      epoch,
      heldMs: leaseMs,
      batch: [],
      openIntents,
      deaths,
      dyingSince,
      known: [],
      agentIdentities: identities,
      confirmed: [],
      memory: { files: [], activity: '' },
      ...(item ? { item } : {}),
    };
    // What only an engine needs is not there, since none is started.
    const hidden = secretsToHide(secrets, agent.config);
    const parts = workerParts(agent, { supervisor: supervisorOf(turn), hidden, clock, crashPoints: { reach } });
    const setup = only<WorkerSetup>('setup', { stateFolder: folder, runFolder: folder });
    const sandbox = only<Sandbox>('sandbox', { uid: 20_001 });
    const codeHost = codeHostFor(item?.workItemId ?? 0, { emulators, secrets, http });
    const worker = itemWorker(boardWorker({ ...parts, setup, sandbox }, { ...connections, codeHost }, () => {}));
    return { turn, ...beginItemTurn(worker, order, new AbortController().signal) };
  }

  /** Claims the session, does this with its parts, and gives it back, whatever became of it. */
  async function withTurn(
    workItemId: number,
    use: (parts: ReturnType<typeof partsOf>, claim: Claim) => Promise<unknown>,
  ) {
    const session = { agentId, sessionId: `wi-${workItemId}` };
    await store.sessions.ensure(session);
    const claim = await store.sessions.claim({ ...session, owner: 'node', leaseMs, batchMax: 1 });
    if (!claim) throw new Error(`${session.sessionId} has a turn already`);
    let clean = true;
    try {
      await use(partsOf(claim), claim);
    } catch (error) {
      clean = error instanceof OutsideError;
      if (!clean && !(error instanceof Crash) && !isStale(error)) throw error;
    } finally {
      crashes.clear();
      await store.sessions.release({
        ...session,
        epoch: claim.epoch,
        claimId: claim.claimId,
        end: clean ? 'rested' : 'broke',
      });
    }
  }

  return {
    emulators,
    made,
    clock,
    pauses,
    crashes,
    agent,
    item: async (workItemId: number) => (await store.sessions.get(agentId, `wi-${workItemId}`))?.item,
    /** A person's decision as the platform hands it on, once it knows who they are. */
    tell(workItemId: number, command: string, payload: Message['payload']): void {
      const from = 'person/erin@acme.example.com';
      const message = { id: `m${clock.now()}`, to: `agent/${agentId}`, from, command, payload, at: clock.now() };
      told.set(workItemId, [...(told.get(workItemId) ?? []), message]);
    },
    /** Drives the item until it rests, or dies. */
    look: (workItemId: number) =>
      withTurn(workItemId, async ({ turn, observer, performer, gate }, { session, openIntents }) => {
        let calls = 0;
        const engineTurn = async (item: WorkItem, phase: EnginePhase): Promise<EngineTurnEnd> =>
          ++calls > callsMax ? { rest: {} } : { event: await engine(item, phase) };
        const { stateMapping } = agent.devops;
        const apply = (event: LifecycleEvent) => store.items.apply({ ...turn, event, rules, stateMapping });
        const state = { item: session.item ?? newWorkItem(workItemId, '', ''), openIntents };
        const drive = createDrive({ state, observer, performer, apply, now: clock.now, engineTurn });
        for (const message of told.get(workItemId)?.splice(0) ?? []) {
          const event = await requestedEvent({ agent, connections, gate }, message, drive.item());
          if (event) await drive.advance(event);
        }
        await drive.toRest();
      }),
    /** Carries out an intent that no event of the lifecycle asked for, as a stale or a forged one would be. */
    stray: (workItemId: number, intentFor: (item: WorkItem) => Intent | undefined) =>
      withTurn(workItemId, async ({ performer }, { session }) => {
        const intent = session.item && intentFor(session.item);
        if (session.item && intent) await performer.perform(session.item, intent);
      }),
    async close() {
      await store.close();
      await emulators.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type GateWorld = Awaited<ReturnType<typeof startGateWorld>>;
