/**
 * One agent's worker, wired: its secrets, connectors, git, gate, engine and tools, joined for the turns it is given.
 *
 * Nothing of another agent can be reached from here, and no database.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Agent } from '../agents/agent.ts';
import { parseAgentId } from '../agents/agent-id.ts';
import { loadAgent } from '../agents/load-agent.ts';
import { secretsToHide } from '../agents/secrets/credentials.ts';
import { engineSecretFaults, engineSecretsOf } from '../agents/secrets/engine-secrets.ts';
import { createSecret, type Secrets } from '../agents/secrets/secrets.ts';
import { systemClock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { opaqueId } from '../base/opaque-id.ts';
import { createRedact } from '../base/redact.ts';
import { type Connections, connect } from '../connections/connect.ts';
import { createFolders } from '../connections/folders.ts';
import { createNetworks } from '../connections/networks.ts';
import type { Peer } from '../ipc/peer.ts';
import type { SupervisorMethods, TurnOrder, TurnRest, WorkerSetup } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { createSandbox } from '../sandbox/sandbox.ts';
import { createItemTurns, type ItemTurns } from '../turns/item-turns.ts';
import { createOwnTools } from './own-tools.ts';

export interface Worker {
  /** Of the configuration that it read. */
  configDigest: string;
  /** Whom this agent's tokens belong to: an id at the tracker, an account at the code host; none while they cannot be read. */
  identities(): Promise<string[]>;
  turn(order: TurnOrder): Promise<TurnRest>;
  look(turnId: string): Promise<void>;
  /** Stops the engine of a turn, keeping its phase. */
  interrupt(turnId: string): void;
  /** Stops turns under way, each keeping its phase. */
  stop(): Promise<void>;
}

export interface WorkerOptions {
  setup: WorkerSetup;
  supervisor: Peer<SupervisorMethods>;
  crashPoints: CrashPoints;
  log: Log;
}

function loadOwn({ root, home, agentId }: WorkerSetup): { agent: Agent; secrets: Secrets } | Refusal {
  const id = parseAgentId(agentId);
  if (isRefusal(id)) return id;
  const loaded = loadAgent({ root, home, id, agentFolders: [join(root, id)] });
  return 'agent' in loaded
    ? loaded
    : { refused: loaded.faults[0].code, why: loaded.faults[0].message, mend: loaded.faults[0].mend };
}

/** The platform's own key may stand in secrets.env under another name, which its files alone do not show. */
function misgivenSecret({ id, config }: Agent, all: Secrets): Refusal | undefined {
  const [fault] = engineSecretFaults(config, all);
  return fault && refuse('CONFIG_INVALID', `${id}: cliSecrets: ${fault.why}`, 'Take it out of cliSecrets.');
}

/** Loads the agent and joins its parts; refuses an agent that cannot be run as it is configured. */
export async function openWorker({ setup, supervisor, crashPoints, log }: WorkerOptions): Promise<Worker | Refusal> {
  const own = loadOwn(setup);
  if (isRefusal(own)) return own;
  const { agent, secrets } = own;
  const around: Secrets = new Map(setup.modelKey ? [['ANTHROPIC_API_KEY', createSecret(setup.modelKey)]] : []);
  const all = new Map([...secrets, ...around]);
  const misgiven = misgivenSecret(agent, all);
  if (misgiven) return misgiven;
  const hidden = secretsToHide(all, agent.config);
  const redact = createRedact(hidden);
  const repositoryFolder = join(setup.stateFolder, 'repos', opaqueId(agent.id));
  const { allowLoopback } = setup;
  const connections = await connect({ agent, secrets, redact, clock: systemClock, repositoryFolder, allowLoopback });
  if (isRefusal(connections)) return connections;

  const sandbox = createSandbox({
    sandboxUid: setup.sandboxUid,
    processesMax: limits.sandboxProcessesMax,
    memoryMb: limits.sandboxMemoryMb,
  });
  const networks = createNetworks({
    config: agent.config,
    registries: connections.registries,
    runFolder: setup.runFolder,
    allowLoopback,
    clock: systemClock,
    log,
  });
  const { root } = setup;
  const openNetwork = networks.toolHost;
  const ownTools = createOwnTools({ root, agent, secrets, around, sandbox, openNetwork, hidden, log });
  const turns = createItemTurns({
    setup,
    agent,
    modelKey: secrets.get('MODEL_API_KEY')?.reveal() ?? setup.modelKey,
    connections,
    sandbox,
    networks,
    folders: createFolders({ ...setup, agent, sandbox }),
    hostTools: ownTools.load,
    supervisor,
    redact,
    hidden,
    engineSecrets: engineSecretsOf(agent.config, secrets),
    crashPoints,
    clock: systemClock,
    log,
    newId: randomUUID,
  });
  return { ...workerOf(turns, connections, ownTools.stop, log), configDigest: agent.digest };
}

function workerOf(
  turns: ItemTurns,
  { tracker, codeHost }: Connections,
  stopTools: () => Promise<void>,
  log: Log,
): Omit<Worker, 'configDigest'> {
  const unlessUnread = (id: Promise<string>) =>
    id.catch((error: unknown) => {
      log.warn(`whose token this is could not be read: ${messageOf(error)}`);
      return undefined;
    });
  return {
    async identities() {
      const atTracker = tracker.me().then(({ id }) => id);
      const atCodeHost = codeHost.me().then((account) => account.toLowerCase());
      const ids = await Promise.all([atTracker, atCodeHost].map(unlessUnread));
      return ids.flatMap((id) => id ?? []);
    },
    turn: turns.turn,
    look: turns.look,
    interrupt: turns.interrupt,
    async stop() {
      await turns.stop();
      await stopTools();
    },
  };
}
