/** The parts of one turn, bound to its session and its item: gate, performer, observer, engine and tools. */
import { promptOf } from '../agents/instructions.ts';
import { messageOf } from '../base/errors.ts';
import { redactValue } from '../base/redact.ts';
import { createEffects } from '../effects/effects.ts';
import type { Ledger } from '../effects/ledger.ts';
import { createPerformer, type Performer } from '../effects/performer.ts';
import { push } from '../git/push.ts';
import { trackingRef } from '../git/remote-refs.ts';
import { ignoreRulesOf } from '../git/tree-read.ts';
import type { LogEntry, TurnOrder } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import type { SessionId } from '../sessions/session-id.ts';
import { createGate, type Gate } from '../work-items/approval.ts';
import { createObserver, type Observer } from '../work-items/observe.ts';
import type { Permit } from '../work-items/permit.ts';
import { createCatchUp } from './catch-up.ts';
import type { ShowFolders } from './folders.ts';
import { createKeptWork } from './kept-work.ts';
import type { ModelRedact } from './model-redact.ts';
import { createModelState } from './model-state.ts';
import { createPullRequestText } from './pull-request-text.ts';
import { createRunTurn, type RunTurn } from './run-turn.ts';
import type { SetUp } from './set-up.ts';
import { branchNamer, gateRulesOf, gitSettingsOf, takesOf } from './settings-of.ts';
import type { Steering } from './steering.ts';
import { createTestRun } from './test-run.ts';
import { engineOf, type RecordEntries } from './turn-engine.ts';
import { createTurnMemory, type TurnMemory } from './turn-memory.ts';
import { createTurnTools } from './turn-tools.ts';
import type { WorkerParts } from './worker-parts.ts';
import type { Tree, Workspace } from './workspace.ts';

export type TurnPartsOptions = WorkerParts & {
  workspace: Workspace;
  setUp: SetUp | undefined;
  order: TurnOrder;
  steering: Steering;
  modelRedact: ModelRedact;
};

export interface TurnParts {
  observer: Observer;
  performer: Performer;
  runTurn: RunTurn;
}

function gateOf({ agent, connections, supervisor, order, clock, newId }: TurnPartsOptions): Gate {
  const { tenant, tracker, repository, codeHost, instance } = connections;
  const { config, digest } = agent;
  const { turnId } = order;
  return createGate({
    agentId: agent.id,
    tenant,
    configDigest: digest,
    rules: gateRulesOf(config),
    targetBranch: repository.targetBranch,
    tracker,
    source: repository,
    codeHost,
    agentIdentities: order.agentIdentities,
    blocked: async (kind) => (await supervisor.call('blocked', { turnId, kind })) ?? undefined,
    otherMerges: () => supervisor.call('otherMerges', { turnId }),
    clock,
    newId,
    ...(instance ? { instance } : {}),
    ...(config.instance ? { instanceName: config.instance.name } : {}),
  });
}

function performerOf(options: TurnPartsOptions, gate: Gate): Performer {
  const { agent, connections, workspace, setUp, sandbox, networks, folders } = options;
  const { supervisor, order, clock, crashPoints, redact } = options;
  const { repository, tracker, codeHost, instance, linkHosts, pageOf, mention } = connections;
  const { git, instance: target, devops } = agent.config;
  const { turnId } = order;
  const { testCommand, testMinutesMax = 20 } = git ?? {};

  /** The lease is where our branch stood when we last saw it. */
  async function pushOnce(permit: Permit, sha: string, branch: string): Promise<Refusal | undefined> {
    await repository.fetch();
    const expected = await repository.resolve(trackingRef(branch));
    const pushed = await push(permit, { repository, sha, branch, ...(expected ? { expected } : {}) });
    return isRefusal(pushed) ? pushed : undefined;
  }

  const runTests = createTestRun({
    sandbox,
    workspace,
    setUp,
    testCommand,
    testMinutesMax,
    openNetwork: networks.tests,
    showFolders: folders.repositoryCommands,
    clock,
  });
  const effectOf = createEffects({
    tracker,
    mapping: devops?.stateMapping ?? {},
    linkHosts,
    gate,
    source: repository,
    codeHost,
    instance,
    targetBranch: repository.targetBranch,
    draft: git?.pr.draft ?? true,
    deployMode: target?.deploy.mode === 'push' ? 'push' : 'observe',
    deployMinutesMax: target?.deploy.timeoutMinutes ?? 10,
    clock,
    // What tests print may stand in the repository; it is shown to people from here on.
    runTests: async (sha) => redactValue(redact, await runTests(sha)),
    push: pushOnce,
    describe: createPullRequestText({ titleFormat: git?.pr.titleFormat, testCommand, pageOf, mention, linkHosts }),
    archive: async (sha) => {
      if (target?.deploy.request.body !== 'archive') return undefined;
      return (await repository.git(['archive', '--format=tar', sha])).stdout;
    },
  });
  const ledger: Ledger = {
    begin: async (key, intent) => (await supervisor.call('effectBegin', { turnId, key, intent })) ?? undefined,
    async end(key, outcome, permitId) {
      await supervisor.call('effectEnd', { turnId, key, outcome, ...(permitId ? { permitId } : {}) });
    },
  };
  return createPerformer({ agentId: agent.id, gate, ledger, effectOf, crashPoints, clock });
}

function observerOf({ agent, connections, order, clock }: TurnPartsOptions, gate: Gate): Observer {
  const { tracker, codeHost, repository } = connections;
  return createObserver({
    mapping: agent.config.devops?.stateMapping ?? {},
    takes: takesOf(agent),
    remindAfterHours: agent.config.approval.remindAfterHours,
    tracker,
    codeHost,
    source: repository,
    targetBranch: repository.targetBranch,
    clock,
    gate,
    configDigest: agent.digest,
    agentIdentities: order.agentIdentities,
    branchOf: branchNamer(agent.config),
  });
}

/** Each turn that goes on without one of its folders says so. */
function foldersOf({ folders, clock }: TurnPartsOptions, record: RecordEntries): ShowFolders {
  return async () => {
    const found = await folders.engine();
    if (found.left.length > 0) await record(found.left.map((text) => ({ at: clock.now(), kind: 'warning', text })));
    return found;
  };
}

/** Of what the set-up makes, the model is given what the repository ignores: the rest would look like its own new files. */
/** What the change itself broke is the model's to mend, who works on without dependencies until then. */
function dependenciesOf({ setUp, connections, clock }: TurnPartsOptions, record: RecordEntries) {
  return async (tree: Tree): Promise<Refusal | undefined> => {
    if (!setUp) return undefined;
    const rules = await ignoreRulesOf(connections.repository, tree.index());
    const fault = await setUp.into(tree.folder, tree.sha, rules.ignores);
    if (!fault || !(await setUp.isOwn(tree.sha))) return fault;
    await record([{ at: clock.now(), kind: 'warning', text: fault.why }]);
    return undefined;
  };
}

function memoryOf(options: TurnPartsOptions, record: RecordEntries): TurnMemory {
  const { order, supervisor, modelRedact, clock } = options;
  return createTurnMemory({
    memory: order.memory,
    redact: modelRedact.redact,
    keep: async (files) => void (await supervisor.call('memory', { turnId: order.turnId, files })),
    note: (text) => record([{ at: clock.now(), kind: 'memory', text }]),
  });
}

export function createTurnParts(options: TurnPartsOptions): TurnParts {
  const { agent, connections, workspace, supervisor, order, setup, clock, redact, modelRedact } = options;
  const { tracker, repository, instance, linkHosts } = connections;
  const { turnId } = order;
  const sessionId = order.sessionId as SessionId;
  const gate = gateOf(options);
  const performer = performerOf(options, gate);
  const { config } = agent;
  const record = async (entries: LogEntry[]) => {
    await supervisor.call('record', { turnId, entries: redactValue(redact, entries) });
  };
  const toolsFor = createTurnTools({
    agent,
    sessionId,
    tracker,
    repository,
    instance,
    performer,
    gitSettings: gitSettingsOf(config),
    linkHosts,
    ownerUid: workspace.ownerUid,
    hostTools: options.hostTools,
    publish: (draft) => supervisor.call('publish', { turnId, draft: redactValue(redact, draft) }),
    searchLogs: ({ text, sessionId: from, limit }) =>
      supervisor.call('grep', { turnId, text, limit, ...(from ? { sessionId: from } : {}) }),
    record: (entries) => void record(entries).catch((error: unknown) => options.log.debug(messageOf(error))),
    redact,
    modelRedact: modelRedact.redact,
    crashPoints: options.crashPoints,
    clock,
  });
  const modelState = createModelState(turnId, supervisor);
  const runTurn = createRunTurn({
    ...engineOf(options, record),
    modelState,
    modelAnswered: modelState.answered,
    sessionId,
    model: agent.model.id,
    instructions: agent.instructions,
    promptOf: (file) => promptOf(agent, file),
    targetBranch: repository.targetBranch,
    turnMs: agent.limits.turnMinutesMax * 60_000,
    stallMs: agent.limits.stallMinutesMax * 60_000,
    runFolder: setup.runFolder,
    tracker,
    source: repository,
    gate,
    workspace,
    commitsOn: ({ base, sha }) => repository.log(sha, limits.commitsShownMax, base),
    kept: createKeptWork({ repository, author: gitSettingsOf(config).author, record, clock }),
    catchUp: createCatchUp({ repository, settings: gitSettingsOf(config), clock }),
    addDependencies: dependenciesOf(options, record),
    showFolders: foldersOf(options, record),
    toolsFor,
    memory: memoryOf(options, record),
    steering: options.steering,
    record,
    async storeTranscript({ rows: told, ...conversation }) {
      const rows = redactValue(modelRedact.redact, [...told]);
      await supervisor.call('transcript', { turnId, ...conversation, rows });
    },
    standOn: modelRedact.standOn,
    engineSecrets: options.engineSecrets,
    engineEnded: async () => void (await supervisor.call('engineEnded', { turnId })),
    conversation: order.conversation,
    clock,
  });
  return { observer: observerOf(options, gate), performer, runTurn };
}
