/** The texts that an agent is given: every CLAUDE.md along its ancestry, and phase prompts from the nearest folder. */
import { readFileSync } from 'node:fs';
import { limits } from '../limits.ts';
import type { Agent } from './agent.ts';
import { type AgentId, ancestryOf } from './agent-id.ts';
import type { Fault } from './fault.ts';
import { readWorkspaceFile } from './workspace-file.ts';

const templateFolder = new URL('../../templates/agent/', import.meta.url);

/** An existing CLAUDE.md and the agent it belongs to. */
export interface InstructionText {
  readonly agentId: AgentId;
  readonly text: string;
}

/** The texts of the whole ancestry, topmost first, the agent's own last. */
export function readInstructions(root: string, id: AgentId): { texts: InstructionText[]; faults: Fault[] } {
  const reads = ancestryOf(id).map((agentId) => {
    return { agentId, ...readWorkspaceFile(root, `${agentId}/CLAUDE.md`, limits.instructionsBytesMax) };
  });
  return {
    texts: reads.flatMap(({ agentId, text }) => (text === undefined ? [] : [{ agentId, text }])),
    faults: reads.flatMap((read) => read.fault ?? []),
  };
}

/** Joins the texts with a heading for each, so that the model knows which agent each one comes from. */
export function joinInstructions(texts: readonly InstructionText[]): string {
  return texts.map(({ agentId, text }) => `# Instructions of agent ${agentId}\n\n${text.trim()}\n`).join('\n');
}

/**
 * A text that an agent can override, such as `prompts/planning.md`: its own, or the nearest ancestor's, or the
 * template's. An agent's texts are read when the agent is loaded: a change has no effect until a person trusts it.
 */
export function promptOf({ ancestry, prompts }: Pick<Agent, 'ancestry' | 'prompts'>, file: string): string {
  const nearest = ancestry.findLast((id) => prompts[`${id}/${file}`] !== undefined);
  return prompts[`${nearest}/${file}`] ?? readFileSync(new URL(file, templateFolder), 'utf8');
}
