/**
 * Wires one agent's worker: its secrets, connectors, git, gate, engine and tools, for the turns that it gets.
 *
 * It has no access to other agents or to the database.
 */
import { join } from 'node:path';
import type { Agent } from '../agents/agent.ts';
import { parseAgentId } from '../agents/agent-id.ts';
import { loadAgent } from '../agents/load-agent.ts';
import { secretsToHide } from '../agents/secrets/credentials.ts';
import { engineSecretFaults, engineSecretsOf } from '../agents/secrets/engine-secrets.ts';
import { createSecret, type Secrets } from '../agents/secrets/secrets.ts';
import { systemClock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import { assert, messageOf } from '../base/errors.ts';
import { known } from '../base/known.ts';
import type { Log } from '../base/log.ts';
import { createRedact, type Redact, redactValue } from '../base/redact.ts';
import { type Connections, connect, connectInstance, pacesIn } from '../connections/connect.ts';
import { connectMail } from '../connections/connect-mail.ts';
import { createFolders } from '../connections/folders.ts';
import { createNetworks } from '../connections/networks.ts';
import type { Paces } from '../connectors/http/pace.ts';
import type { InstanceConnector } from '../connectors/instance.ts';
import { repositoryFolderOf } from '../git/git-program.ts';
import type { Peer } from '../ipc/peer.ts';
import type { SupervisorMethods, WorkerSetup } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import { type Outbound, openOutbound } from '../outbound/outbound.ts';
import { proxiesWithPassword } from '../outbound/settings.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { createSandbox } from '../sandbox/sandbox.ts';
import type { Finding } from '../status/finding.ts';
import { boardWorker } from '../turns/board-worker.ts';
import { createLiveTurns, type LiveTurns, type TakeOrder } from '../turns/live-turns.ts';
import { createRefusalNotes } from '../turns/refusals.ts';
import { boardTurns, questionTurns } from '../turns/take-order.ts';
import type { WorkerParts, WorkerSecrets } from '../turns/turn.ts';
import { createOwnTools } from './own-tools.ts';

export interface Worker extends LiveTurns {
  /** The digest of the configuration that it read. */
  configDigest: string;
  /** The owners of this agent's tokens: an id at the tracker, an account at the code host; empty while they cannot be read. */
  identities(): Promise<string[]>;
}

export interface WorkerOptions {
  setup: WorkerSetup;
  supervisor: Peer<SupervisorMethods>;
  crashPoints: CrashPoints;
  log: Log;
}

/** The agent of this worker, its own secrets, and all secrets including the platform's. */
interface Own {
  agent: Agent;
  secrets: Secrets;
  /** The platform's secrets, which tools never get. */
  around: Secrets;
  all: Secrets;
}

function loadOwn({ root, home, agentId, modelKey, outbound }: WorkerSetup): Own | Refusal {
  const id = parseAgentId(agentId);
  if (isRefusal(id)) return id;
  const loaded = loadAgent({ root, home, id, agentFolders: [join(root, id)] });
  if ('faults' in loaded) {
    const { code, message, fix } = loaded.faults[0];
    return { refused: code, why: message, fix };
  }
  const ofPlatform = known({ ANTHROPIC_API_KEY: modelKey, ...proxiesWithPassword(outbound) });
  const around: Secrets = new Map(Object.entries(ofPlatform).map(([name, value]) => [name, createSecret(value)]));
  const all = new Map([...loaded.secrets, ...around]);
  return forbiddenSecret(loaded.agent, all) ?? { ...loaded, around, all };
}

/** Refuses a copy of the platform's key in secrets.env under another name; the agent's files alone do not show that. */
function forbiddenSecret({ id, config }: Agent, all: Secrets): Refusal | undefined {
  const [fault] = engineSecretFaults(config, all);
  return (
    fault &&
    refuse('CONFIG_INVALID', `${id}: cliSecrets: ${fault.why}`, `Remove it from cliSecrets in ${id}/jvAgent.json.`)
  );
}

/** Which secrets are redacted, and which the engine and the model's provider get. */
function secretsOf({ agent, secrets, all }: Own, { modelKey }: WorkerSetup): WorkerSecrets {
  return {
    hidden: secretsToHide(all, agent.config),
    ofEngine: engineSecretsOf(agent.config, secrets),
    modelKey: secrets.get('MODEL_API_KEY')?.reveal() ?? modelKey,
  };
}

interface Systems {
  connections?: Connections;
  instance: InstanceConnector | undefined;
  paces: Paces;
}

/** What another node was told to wait for, the turn waits for too. */
const holding =
  ({ paces }: Systems, take: TakeOrder): TakeOrder =>
  (order, live) => {
    paces.hold(order.pauses ?? {});
    return take(order, live);
  };

/** The outside systems of an agent: all of one with a board, the instance of one without. */
async function systemsOf(
  { agent, secrets }: Own,
  redact: Redact,
  { setup, supervisor, log }: WorkerOptions,
  outbound: Outbound,
): Promise<Systems | Refusal> {
  const { stateFolder, allowLoopback } = setup;
  const repositoryFolder = repositoryFolderOf(stateFolder, agent.id);
  const paces = pacesIn(repositoryFolder, systemClock, (system, ms) => {
    supervisor.call('paused', { system, ms }).catch((error: unknown) => log.debug(messageOf(error)));
  });
  const shared = { secrets, redact, clock: systemClock, repositoryFolder, allowLoopback, outbound, http: { paces } };
  if (agent.kind === 'conversation') {
    const instance = connectInstance({ ...shared, agent });
    return isRefusal(instance) ? instance : { instance, paces };
  }
  const connections = await connect({ ...shared, agent });
  return isRefusal(connections) ? connections : { connections, instance: connections.instance, paces };
}

/** Loads the agent and creates its parts; refuses an agent that cannot run with its configuration. */
export async function openWorker(options: WorkerOptions): Promise<Worker | Refusal> {
  const { setup, supervisor, crashPoints, log } = options;
  const own = loadOwn(setup);
  if (isRefusal(own)) return own;
  const { agent } = own;
  const secrets = secretsOf(own, setup);
  const redact = createRedact(secrets.hidden);
  const outbound = openOutbound(setup.outbound);
  const systems = await systemsOf(own, redact, options, outbound);
  if (isRefusal(systems)) return systems;
  const { connections, instance } = systems;
  const mailer = connectMail({ agent, secrets: own.secrets, redact, allowLoopback: setup.allowLoopback });
  if (isRefusal(mailer)) return mailer;

  const sandbox = createSandbox({
    sandboxUid: setup.sandboxUid,
    processesMax: limits.sandboxProcessesMax,
    memoryMb: limits.sandboxMemoryMb,
  });
  const { root, runFolder, allowLoopback } = setup;
  const refused = createRefusalNotes({ send: (act) => supervisor.call('refused', act), redact, log });
  const networks = createNetworks({
    config: agent.config,
    registries: connections?.registries ?? [],
    runFolder,
    allowLoopback,
    outbound,
    refused,
    clock: systemClock,
    log,
  });
  const ownTools = createOwnTools({
    root,
    agent,
    secrets: { own: own.secrets, around: own.around, hidden: secrets.hidden },
    sandbox,
    openNetwork: networks.toolHost,
    log,
  });
  const parts: WorkerParts = {
    agent,
    setup,
    supervisor,
    sandbox,
    networks,
    outbound,
    folders: createFolders({ ...setup, agent, sandbox }),
    hostTools: ownTools.load,
    instance,
    mailer,
    secrets,
    redact,
    clock: systemClock,
    log,
    crashPoints,
  };
  const turns = createLiveTurns(agent.id, holding(systems, takeOrderOf(parts, own, connections)), systemClock);
  return {
    configDigest: agent.digest,
    identities: async () => (connections ? identitiesOf(connections, log) : []),
    turn: turns.turn,
    look: turns.look,
    interrupt: turns.interrupt,
    hold: turns.hold,
    async stop() {
      await turns.stop();
      await ownTools.stop();
    },
  };
}

/** What the agent's turns do, by its kind. */
function takeOrderOf(parts: WorkerParts, { secrets }: Own, connections: Connections | undefined): TakeOrder {
  const { agent } = parts;
  if (agent.kind === 'conversation') return questionTurns({ ...parts, agent });
  assert(connections, `${agent.id} has a board`);
  const lookOutside = outsideLook(parts, async () => {
    const { checkOutside } = await import('../checks/outside-checks.ts');
    return checkOutside({ agent, secrets, redact: parts.redact, connections });
  });
  return boardTurns(boardWorker({ ...parts, agent }, connections, lookOutside));
}

/** One look at a time. A look that breaks is made again when it is due. */
function outsideLook({ agent, supervisor, redact, log }: WorkerParts, check: () => Promise<Finding[]>): () => void {
  let isLooking = false;
  async function look(): Promise<void> {
    isLooking = true;
    try {
      const findings = redactValue(redact, await check());
      await supervisor.call('found', { digest: agent.digest, findings });
    } catch (error) {
      log.warn(`could not look at the systems of ${agent.id}: ${messageOf(error)}`);
    }
    isLooking = false;
  }
  return () => {
    if (!isLooking) void look();
  };
}

async function identitiesOf({ tracker, codeHost }: Connections, log: Log): Promise<string[]> {
  const unlessUnread = (id: Promise<string>) =>
    id.catch((error: unknown) => {
      log.warn(`could not read the owner of a token: ${messageOf(error)}`);
      return undefined;
    });
  const atTracker = tracker.me().then(({ id }) => id);
  const atCodeHost = codeHost.me().then((account) => account.toLowerCase());
  const ids = await Promise.all([atTracker, atCodeHost].map(unlessUnread));
  return ids.flatMap((id) => id ?? []);
}
