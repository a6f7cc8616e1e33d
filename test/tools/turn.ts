/** Turns and configurations for the tests of tools. */
import type { AgentId } from '../../src/agents/agent-id.ts';
import { type AgentConfig, agentConfigSchema } from '../../src/agents/config/config.ts';
import { textOfBlock } from '../../src/base/data-block.ts';
import type { SessionId } from '../../src/broker/session-id.ts';
import type { ToolTurn } from '../../src/tools/tool.ts';

const stateMapping = {
  new: 'New',
  planning: 'Planning',
  planReady: 'Plan Ready',
  approved: 'Approved',
  inProgress: 'In Progress',
  prCreated: 'PR Created',
  deployed: 'Deployed',
};

/** What a tool answered, of the text that the model is given. */
export const answerIn = (text: string): unknown => JSON.parse(textOfBlock(text));

export const agentId = 'codechange/acme' as AgentId;

export function configOf(more: Record<string, unknown> = {}): AgentConfig {
  return agentConfigSchema.parse({ id: agentId, ...more });
}

export const devops = (more: Record<string, unknown> = {}) => ({
  organization: 'o',
  project: 'p',
  stateMapping,
  ...more,
});

export function turnOf(more: Partial<ToolTurn> = {}): ToolTurn {
  const config = configOf({ devops: devops() });
  return { agentId, sessionId: 'wi-12' as SessionId, kind: 'executing', workItemId: 12, config, ...more };
}

/** The same without a work item. */
export function talkOf(config: AgentConfig): ToolTurn {
  return { agentId, sessionId: 'main' as SessionId, kind: 'conversation', config };
}
