/** What is wrong in the files of a workspace, as `agent check`, `doctor` and `start` tell it: settings, agents, tools. */
import { relative } from 'node:path';
import type { AgentStore } from '../agents/agent-store.ts';
import { type AgentFault, checkAgents } from '../agents/check.ts';
import { fault } from '../agents/fault.ts';
import { type Settings, settingNotes } from '../settings.ts';
import { findTools } from '../tools/loader.ts';

/** The notes on the workspace's `.env`; their agent is empty. */
export function settingRows(root: string): AgentFault[] {
  return settingNotes(root).map(({ line, message, fix, isWrong }) => ({
    agentId: '',
    level: isWrong ? 'fault' : 'warning',
    ...fault('CONFIG_INVALID', '.env', message, { line, fix }),
  }));
}

/** Files in the folders of an agent's tools that do not become tools. `sandboxUid` loads them if we run as root. */
function toolRows(agents: Pick<AgentStore, 'get'>, id: string, { root, sandboxUid }: CheckedSettings): AgentFault[] {
  const state = agents.get(id);
  if (!state || !('agent' in state)) return [];
  const ownUid = process.getuid?.() ?? sandboxUid;
  const { leftOut } = findTools(state.agent.toolFolders, ownUid === 0 ? sandboxUid : ownUid);
  return leftOut.map(({ path, why }) => {
    const fix = 'Change it as it says, or remove it. The agent works without it.';
    return {
      agentId: id,
      level: 'warning',
      ...fault('TOOL_UNAVAILABLE', relative(root, path), `is left out: ${why}`, { fix }),
    };
  });
}

type CheckedSettings = Pick<Settings, 'root' | 'sandboxUid' | 'allowLoopback'>;

/** All faults and warnings in the files of all agents, or of the one named. */
export function agentFileRows(
  settings: CheckedSettings,
  agents: Pick<AgentStore, 'list' | 'get'>,
  id?: string,
): AgentFault[] {
  const { root, allowLoopback } = settings;
  const ids = id === undefined ? agents.list().map((state) => state.id) : [id];
  return ids.flatMap((each) => [
    ...checkAgents(root, { id: each, allowLoopback, agents }),
    ...toolRows(agents, each, settings),
  ]);
}
