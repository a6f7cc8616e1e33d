/** One turn as a value, which its functions take what they need from. */
import type { Agent } from '../agents/agent.ts';
import type { Clock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import type { Log } from '../base/log.ts';
import { type NamedSecret, type Redact, redactValue } from '../base/redact.ts';
import type { Folders } from '../connections/folders.ts';
import type { Networks } from '../connections/networks.ts';
import type { InstanceConnector } from '../connectors/instance.ts';
import type { Mailer } from '../connectors/mail/mail.ts';
import { ofTurn, type TurnSupervisor } from '../ipc/of-turn.ts';
import type { Peer } from '../ipc/peer.ts';
import type { LogEntry, SupervisorMethods, TurnOrder, WorkerSetup } from '../ipc/protocol.ts';
import type { Outbound } from '../outbound/outbound.ts';
import type { NoteRefusal } from '../refusal.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { HostTool } from '../tools/tool.ts';
import { createRefusalNotes } from './refusals.ts';

/** What all turns of one worker share: its agent, and what that agent's programs are run with. */
export interface WorkerParts<A extends Agent = Agent> {
  readonly agent: A;
  readonly setup: WorkerSetup;
  readonly supervisor: Peer<SupervisorMethods>;
  readonly sandbox: Sandbox;
  readonly networks: Networks;
  readonly outbound: Outbound;
  readonly folders: Folders;
  /** The users' own tools, started at the first call. */
  readonly hostTools: () => Promise<readonly HostTool[]>;
  /** The customer's running product, where the agent has one. */
  readonly instance: InstanceConnector | undefined;
  /** Where the agent may write mail. */
  readonly mailer: Mailer | undefined;
  readonly secrets: WorkerSecrets;
  /** Toward people, other systems and logs: hides every secret. */
  readonly redact: Redact;
  readonly clock: Clock;
  readonly log: Log;
  readonly crashPoints: CrashPoints;
}

export interface WorkerSecrets {
  /** What is to be hidden. */
  readonly hidden: readonly NamedSecret[];
  /** By name, in plain text: what `cliSecrets` gives to the engine. */
  readonly ofEngine: Readonly<Record<string, string>>;
  readonly modelKey: string | undefined;
}

export interface Turn<A extends Agent = Agent> {
  readonly agent: A;
  readonly order: TurnOrder;
  readonly worker: WorkerParts<A>;
  /** Bound to this turn. */
  readonly supervisor: TurnSupervisor;
  /** Toward people, other systems and logs: hides every secret. */
  readonly redact: Redact;
  /** Toward the model. */
  readonly modelRedact: Redact;
  /** Makes an act that was refused in this turn an entry of the audit log. */
  readonly refused: NoteRefusal;
  /** Aborted when the engine is to stop, whose work is kept. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly crashPoints: CrashPoints;
}

/** Every secret is hidden from the model. */
export function beginTurn<A extends Agent>(worker: WorkerParts<A>, order: TurnOrder, signal: AbortSignal): Turn<A> {
  const { agent, redact, clock, log, crashPoints } = worker;
  const supervisor = ofTurn(worker.supervisor, order.turnId);
  const refused = createRefusalNotes({ send: (act) => supervisor.call('refused', act), redact, log });
  return { agent, order, worker, supervisor, redact, modelRedact: redact, refused, signal, clock, log, crashPoints };
}

/** Writes lines to the session's log, with nothing secret in them. */
export async function record({ supervisor, redact }: Pick<Turn, 'supervisor' | 'redact'>, ...entries: LogEntry[]) {
  await supervisor.call('record', { entries: redactValue(redact, entries) });
}

/** The same for one line that needs saying. */
export async function warn(turn: Pick<Turn, 'supervisor' | 'redact' | 'clock'>, text: string): Promise<void> {
  await record(turn, { at: turn.clock.now(), kind: 'warning', text });
}
