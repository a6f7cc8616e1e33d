/**
 * Turns of the engine, bound to the session and the item that they are for: engine, tools, memory, and what they go on with.
 *
 * Loaded when the first one begins: a worker that only looks at a board does without the Agent SDK and the tools.
 */
import { promptOf } from '../agents/instructions.ts';
import { messageOf } from '../base/errors.ts';
import { redactValue } from '../base/redact.ts';
import type { SessionId } from '../broker/session-id.ts';
import { createKeptWork } from '../checkout/kept-work.ts';
import type { Tree } from '../checkout/workspace.ts';
import type { ShowFolders } from '../connections/folders.ts';
import { ignoreRulesOf } from '../git/tree/read.ts';
import type { LogEntry } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import type { Refusal } from '../refusal.ts';
import { createCatchUp } from './item/catch-up.ts';
import { createRunTurn, type RunTurn } from './item/run-turn.ts';
import { createTurnTools } from './item/turn-tools.ts';
import { gitSettingsOf } from './settings-of.ts';
import { createModelState } from './talk/model-state.ts';
import { engineOf, type RecordEntries } from './talk/turn-engine.ts';
import { createTurnMemory, type TurnMemory } from './talk/turn-memory.ts';
import type { TurnParts, TurnPartsOptions } from './turn-parts.ts';

export type EngineTurnsOptions = TurnPartsOptions & Pick<TurnParts, 'gate' | 'performer'>;

/** Each turn that goes on without one of its folders says so. */
function foldersOf({ folders, clock }: EngineTurnsOptions, record: RecordEntries): ShowFolders {
  return async () => {
    const found = await folders.engine();
    if (found.left.length > 0) await record(found.left.map((text) => ({ at: clock.now(), kind: 'warning', text })));
    return found;
  };
}

/** Of what the set-up makes, the model is given what the repository ignores: the rest would look like its own new files. */
/** What the change itself broke is the model's to mend, who works on without dependencies until then. */
function dependenciesOf({ setUp, connections, clock }: EngineTurnsOptions, record: RecordEntries) {
  return async (tree: Tree): Promise<Refusal | undefined> => {
    if (!setUp) return undefined;
    const rules = await ignoreRulesOf(connections.repository, tree.index());
    const fault = await setUp.into(tree.folder, tree.sha, rules.ignores);
    if (!fault || !(await setUp.isOwn(tree.sha))) return fault;
    await record([{ at: clock.now(), kind: 'warning', text: fault.why }]);
    return undefined;
  };
}

function memoryOf(options: EngineTurnsOptions, record: RecordEntries): TurnMemory {
  const { order, supervisor, modelRedact, clock } = options;
  return createTurnMemory({
    memory: order.memory,
    redact: modelRedact.redact,
    keep: async (files) => void (await supervisor.call('memory', { turnId: order.turnId, files })),
    note: (text) => record([{ at: clock.now(), kind: 'memory', text }]),
  });
}

/** The turns of the engine for one work item, which share what they found of their conversation. */
export function createEngineTurns(options: EngineTurnsOptions): RunTurn {
  const { agent, connections, workspace, supervisor, order, setup, clock, redact, modelRedact } = options;
  const { gate, performer } = options;
  const { tracker, trackerTool, repository, instance, linkHosts } = connections;
  const { turnId } = order;
  const sessionId = order.sessionId as SessionId;
  const { config } = agent;
  const record = async (entries: LogEntry[]) => {
    await supervisor.call('record', { turnId, entries: redactValue(redact, entries) });
  };
  const toolsFor = createTurnTools({
    agent,
    sessionId,
    tracker,
    trackerTool,
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
  return createRunTurn({
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
}
