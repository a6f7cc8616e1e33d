/**
 * An agent's own tools, as the platform calls them: found by file, loaded and called only inside the sandbox.
 *
 * files -> processes (one for all, one more for each tool that is trusted with a token) -> HostTool -> binder
 */

import type { Agent } from '../agents/agent.ts';
import type { Secrets } from '../agents/secrets/secrets.ts';
import { createRedact, createRedactStream, type NamedSecret, redactValue } from '../base/redact.ts';
import { startOf } from '../documents/cut.ts';
import { limits } from '../limits.ts';
import { insideHome } from '../sandbox/layout.ts';
import { type Network, noNetwork } from '../sandbox/network.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { findTools, leftOutText, type ToolFile } from './loader.ts';
import type { HostTool } from './tool.ts';
import type { CallOrigin, LogLevel } from './tool-calls.ts';
import { insideOf, mainInside, nodeInside, toolHostMounts, workspaceInside } from './tool-mounts.ts';
import { createToolProcess, type LoadedTool, type ToolProcess } from './tool-process.ts';
import { toolSecretsOf, trustedTools } from './tool-secrets.ts';

export interface ToolLogLine extends CallOrigin {
  readonly level: LogLevel;
  readonly text: string;
}

export interface ToolHostOptions {
  /** The workspace. */
  root: string;
  agent: Pick<Agent, 'id' | 'folder' | 'config' | 'toolFolders'>;
  secrets: ToolHostSecrets;
  sandbox: Sandbox;
  /** None by default. */
  network?: Network;
  log(line: ToolLogLine): void;
}

interface ToolHostSecrets {
  /** The agent's. */
  own: Secrets;
  /** The platform's own, which no tool gets under any name. */
  around?: Secrets;
  /** Taken out of all that tools say, before anyone else sees it. */
  hidden: readonly NamedSecret[];
}

export interface ToolHost {
  /** Starts what has to be started. Warnings name what was left out, and why. */
  load(): Promise<{ tools: HostTool[]; warnings: string[] }>;
  /** Ends its processes; running calls fail. */
  stop(): void;
}

const descriptionCharsMax = 4_000;
const loadSecondsMax = 20;

export function createToolHost(options: ToolHostOptions): ToolHost {
  const { root, agent, secrets, sandbox, network = noNetwork, log } = options;
  const { own, around, hidden } = secrets;
  const redact = createRedact(hidden);
  const found = findTools(agent.toolFolders, sandbox.uid);
  const mounts = toolHostMounts(root, agent, found.folders);
  const spec = network.through({ program: nodeInside, args: [mainInside], env: {}, cwd: insideHome, mounts });

  function processFor(tools: readonly ToolFile[]): ToolProcess {
    return createToolProcess({
      start: () => sandbox.spawn(spec),
      openRedactStream: () => createRedactStream(hidden),
      tools: tools.map(({ name, file }) => ({ name, file: insideOf(root, file) })),
      setup: {
        agentId: agent.id,
        agentConfig: agent.config,
        projectRoot: workspaceInside,
        answerBytesMax: limits.toolAnswerBytesMax,
      },
      callSecondsMax: limits.toolSecondsMax,
      loadSecondsMax,
      onLog: (origin, level, text) => log({ ...origin, level, text: redact(text) }),
    });
  }

  const trusted = trustedTools(agent.config);
  const alone = found.tools.filter(({ name }) => trusted.has(name));
  const together = found.tools.filter(({ name }) => !trusted.has(name));
  const groups = [together, ...alone.map((tool) => [tool])].filter((tools) => tools.length > 0);
  const processes = groups.map(processFor);

  function hostTool(toolProcess: ToolProcess, { name, description, schema }: LoadedTool): HostTool {
    return {
      name,
      description: startOf(redact(description), descriptionCharsMax),
      inputSchema: schema,
      call: (input, { sessionId, publish }) =>
        toolProcess.call({
          tool: name,
          sessionId,
          publish: (message) => publish(redactValue(redact, message)),
          input,
          agentSecrets: toolSecretsOf(name, own, agent.config, around),
        }),
    };
  }

  return {
    async load() {
      const loaded = await Promise.all(
        processes.map(async (toolProcess) => ({ toolProcess, ...(await toolProcess.load()) })),
      );
      const misnamed = loaded
        .flatMap(({ tools }) => tools)
        .filter(({ name, declaredName }) => name !== declaredName)
        .map(({ name, declaredName }) => `tool ${name} calls itself ${declaredName}; its file's name counts`);
      return {
        tools: loaded.flatMap(({ toolProcess, tools }) => tools.map((tool) => hostTool(toolProcess, tool))),
        warnings: [...found.leftOut.map(leftOutText), ...loaded.flatMap(({ warnings }) => warnings), ...misnamed].map(
          redact,
        ),
      };
    },
    stop() {
      for (const toolProcess of processes) toolProcess.stop();
    },
  };
}
