/** Turns for tests: whole values, whose outside is in memory and whose engine never starts. */
import type { CodeChangeAgent, ConversationAgent } from '../../src/agents/agent.ts';
import type { AgentId } from '../../src/agents/agent-id.ts';
import { agentConfigSchema } from '../../src/agents/config/config.ts';
import { createLog } from '../../src/base/log.ts';
import { createRedact, type NamedSecret } from '../../src/base/redact.ts';
import type { SessionId } from '../../src/broker/session-id.ts';
import { createSharedWork } from '../../src/checkout/shared-work.ts';
import type { Tree, Workspace } from '../../src/checkout/workspace.ts';
import type { Connections } from '../../src/connections/connect.ts';
import { createAzdoTool } from '../../src/connectors/azure-devops/tool.ts';
import type { Repository } from '../../src/git/repository.ts';
import { ofTurn } from '../../src/ipc/of-turn.ts';
import type { Peer } from '../../src/ipc/peer.ts';
import type { SupervisorMethods, TurnOrder, WorkerSetup } from '../../src/ipc/protocol.ts';
import { agentLimits } from '../../src/limits.ts';
import { modelNamed } from '../../src/models/model.ts';
import { createSteering } from '../../src/turns/item/steering.ts';
import type { ItemTurn } from '../../src/turns/item/turn.ts';
import type { ItemWorker } from '../../src/turns/item-worker.ts';
import type { WorkerParts } from '../../src/turns/turn.ts';
import { customerConfig } from '../agents/workspace.ts';
import { only } from '../only.ts';
import { codeHostOf, createWorld, sourceOf, trackerOf, type World } from '../work-items/ports.ts';

/** A tree whose files stand nowhere. */
export function treeAt(sha: string, more: Partial<Tree> = {}): Tree {
  return {
    folder: '/',
    sha,
    base: sha,
    view: { viewFolder: '/', objectsFolder: '/', objectsMount: '/opt/objects' },
    from: 'commit',
    metaPaths: [],
    index: () => ({ rev: sha, entries: new Map() }),
    setIndex: () => {},
    name: undefined,
    takeBack: async () => {},
    keptAs: () => {},
    ...more,
  };
}

type Blocks = Partial<Record<'devops' | 'git' | 'instance' | 'approval' | 'slack', Record<string, unknown>>>;

/** The sound agent of acme; what is given is laid over its blocks. */
export function codeChangeAgent(more: Blocks = {}): CodeChangeAgent {
  const sound: Record<string, unknown> = customerConfig('acme');
  const blocks = Object.entries(more).map(([name, block]) => [name, { ...(sound[name] ?? {}), ...block }]);
  const config = agentConfigSchema.parse({ ...sound, ...Object.fromEntries(blocks) });
  const { devops, git, instance } = config;
  const [model, triageModel] = [modelNamed('sonnet'), modelNamed('haiku')];
  if (!devops || !git || !instance || !model || !triageModel) throw new Error('the agent of acme is whole');
  return {
    kind: 'code-change',
    id: 'codechange/acme' as AgentId,
    folder: '/workspace/codechange/acme',
    config,
    devops: { ...devops, organization: 'yourorg', project: 'acmeProject' },
    git,
    instance: { ...instance, url: instance.url ?? '' },
    instructions: 'Change little.',
    prompts: {},
    ancestry: ['codechange/acme' as AgentId],
    model,
    triageModel,
    limits: agentLimits,
    branchLimits: [],
    toolFolders: [],
    locations: {},
    steering: {},
    digest: 'digest',
  };
}

/** An agent without a board. */
export function conversationAgent(more: Partial<ConversationAgent> = {}): ConversationAgent {
  const { kind: _, devops: _devops, git: _git, instance: _instance, ...common } = codeChangeAgent();
  const id = 'docs' as AgentId;
  return { ...common, kind: 'conversation', id, ancestry: [id], config: agentConfigSchema.parse({ id }), ...more };
}

export type Call = [method: string, params: unknown];
type Answers = { [K in keyof SupervisorMethods]?: (params: SupervisorMethods[K]['params']) => unknown };

/** A supervisor that answers as told, else with null, and keeps what it was asked. */
export function supervisorOf(answers: Answers = {}): { calls: Call[]; supervisor: Peer<SupervisorMethods> } {
  const calls: Call[] = [];
  const call = async (method: keyof SupervisorMethods, params: never) => {
    calls.push([method, params]);
    return (await answers[method]?.(params)) ?? null;
  };
  return { calls, supervisor: { call: call as Peer<SupervisorMethods>['call'] } };
}

export function orderFor(sessionId: string, extra: Partial<TurnOrder> = {}): TurnOrder {
  const parts = {
    batch: [],
    openIntents: [],
    known: [],
    agentIdentities: [],
    confirmed: [],
    deaths: 0,
    dyingSince: 0,
    memory: { files: [], activity: '' },
  };
  return { turnId: 't1', sessionId: sessionId as SessionId, epoch: 1, heldMs: 80_000, ...parts, ...extra };
}

/** What every worker has; of its machine nothing but what is given. */
export function workerParts<A extends WorkerParts['agent']>(
  agent: A,
  more: Partial<WorkerParts<A>> & { hidden?: NamedSecret[] } = {},
): WorkerParts<A> {
  const { hidden = [], ...parts } = more;
  return {
    agent,
    setup: only<WorkerSetup>('setup'),
    supervisor: supervisorOf().supervisor,
    sandbox: only('sandbox'),
    networks: only('networks'),
    outbound: only('outbound'),
    folders: {
      engine: async () => ({ shown: [], warnings: [] }),
      repositoryCommands: async () => ({ shown: [], warnings: [] }),
    },
    hostTools: async () => [],
    instance: undefined,
    mailer: undefined,
    secrets: { hidden, ofEngine: {}, modelKey: undefined },
    redact: createRedact(hidden),
    clock: { now: () => 0, sleep: async () => {} },
    log: createLog('test', 'silent'),
    crashPoints: { reach: () => {} },
    ...parts,
  };
}

/** The systems of acme in this world. */
export function connectionsTo(
  world: World,
  { repository, ...more }: Partial<Omit<Connections, 'repository'>> & { repository?: Partial<Repository> } = {},
): Connections {
  return {
    tenant: 'yourorg/acmeProject',
    trackerTool: async () => createAzdoTool,
    http: only('http'),
    hasCode: false,
    mention: (workItemId) => `AB#${workItemId}`,
    linkHosts: ['board.example'],
    tracker: trackerOf(world),
    codeHost: codeHostOf(world),
    repository: only<Repository>('repository', { ...sourceOf(world), targetBranch: 'customer/acme', ...repository }),
    instance: undefined,
    registries: [],
    ...more,
  };
}

/** What a turn of an item is made of, as far as a test gives it itself. */
export interface ItemTurnParts {
  agent?: CodeChangeAgent;
  world?: World;
  connections?: Connections;
  order?: TurnOrder;
  parts?: Parameters<typeof workerParts<CodeChangeAgent>>[1];
  worker?: Partial<ItemWorker>;
  turn?: Partial<ItemTurn>;
}

export function itemTurn(given: ItemTurnParts = {}): ItemTurn {
  const { agent = codeChangeAgent(), world = createWorld(), order = orderFor('wi-12') } = given;
  const { connections = connectionsTo(world) } = given;
  const shared = workerParts(agent, given.parts);
  const worker: ItemWorker = {
    ...shared,
    connections,
    workspace: only<Workspace>('workspace', { ownerUid: undefined }),
    setUp: undefined,
    hiddenAt: async () => shared.secrets.hidden,
    lookOutside: () => {},
    checkBoard: async () => undefined,
    ...given.worker,
  };
  const { redact, clock, log, crashPoints } = worker;
  return {
    agent,
    order,
    worker,
    connections,
    supervisor: ofTurn(worker.supervisor, order.turnId),
    redact,
    modelRedact: redact,
    refused: () => {},
    standOn: async () => {},
    signal: new AbortController().signal,
    clock,
    log,
    crashPoints,
    steering: createSteering({ agent, order, connections }),
    work: createSharedWork({
      repository: connections.repository,
      supervisor: ofTurn(worker.supervisor, order.turnId),
      known: order.work,
      tree: order.tree,
    }),
    gate: only('gate'),
    observer: only('observer'),
    performer: only('performer'),
    ...given.turn,
  };
}
