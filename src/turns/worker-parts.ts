/** What a worker is made of, as its turns are handed it. */
import type { Agent } from '../agents/agent.ts';
import type { Clock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import type { Log } from '../base/log.ts';
import type { NamedSecret, Redact } from '../base/redact.ts';
import type { Connections } from '../connections/connect.ts';
import type { Folders } from '../connections/folders.ts';
import type { Networks } from '../connections/networks.ts';
import type { Peer } from '../ipc/peer.ts';
import type { SupervisorMethods, WorkerSetup } from '../ipc/protocol.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { HostTool } from '../tools/tool.ts';

export interface WorkerParts {
  setup: WorkerSetup;
  agent: Agent;
  modelKey: string | undefined;
  connections: Connections;
  sandbox: Sandbox;
  networks: Networks;
  folders: Folders;
  hostTools: () => Promise<readonly HostTool[]>;
  supervisor: Peer<SupervisorMethods>;
  /** Toward people, other systems and logs: hides every secret. */
  redact: Redact;
  /** What of the agent's secrets is to be hidden. */
  hidden: readonly NamedSecret[];
  /** By name, in plain text: what `cliSecrets` gives to the engine. */
  engineSecrets: Readonly<Record<string, string>>;
  crashPoints: CrashPoints;
  clock: Clock;
  log: Log;
  newId: () => string;
}
