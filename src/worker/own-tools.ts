/** The agent's own tools: their host and its network are started at the first turn that needs them. */
import type { Log } from '../base/log.ts';
import type { OpenNetwork } from '../connections/networks.ts';
import type { HostTool } from '../tools/tool.ts';
import type { ToolHostOptions } from '../tools/tool-host.ts';

export interface OwnToolsOptions extends Pick<ToolHostOptions, 'root' | 'agent' | 'secrets' | 'sandbox'> {
  openNetwork: OpenNetwork;
  log: Log;
}

export interface OwnTools {
  /** Returns the same tools at every call; rejected ones are logged once. */
  load(): Promise<readonly HostTool[]>;
  /** Stops the tool host; running calls fail. */
  stop(): Promise<void>;
}

async function start({ openNetwork, log, ...options }: OwnToolsOptions) {
  const { createToolHost } = await import('../tools/tool-host.ts');
  const network = await openNetwork();
  const host = createToolHost({
    ...options,
    network,
    log: ({ level, text, sessionId }) => log[level]({ agentId: options.agent.id, sessionId }, text),
  });
  const stop = () => {
    host.stop();
    return network.close();
  };
  return { host, stop };
}

export function createOwnTools(options: OwnToolsOptions): OwnTools {
  let started: ReturnType<typeof start> | undefined;
  let loaded: Promise<readonly HostTool[]> | undefined;

  async function load(): Promise<readonly HostTool[]> {
    started = start(options);
    const { tools, warnings } = await (await started).host.load();
    for (const warning of warnings) options.log.warn(warning);
    return tools;
  }

  return {
    load() {
      loaded ??= load();
      return loaded;
    },
    stop: async () => (await started)?.stop(),
  };
}
