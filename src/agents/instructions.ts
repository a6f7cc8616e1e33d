/** What an agent is told in plain text: CLAUDE.md along its ancestry, phase prompts from the nearest folder. */
import { readFileSync } from 'node:fs';
import { limits } from '../limits.ts';
import type { Agent } from './agent.ts';
import { type AgentId, ancestryOf } from './agent-id.ts';
import type { Fault } from './fault.ts';
import { readWorkspaceFile } from './workspace-file.ts';

const templateFolder = new URL('../../templates/agent/', import.meta.url);

/** A CLAUDE.md that exists, by the agent whose it is. */
export interface InstructionText {
  readonly agentId: AgentId;
  readonly text: string;
}

/** The texts of the whole ancestry, outermost first, own last. */
export function readInstructions(root: string, id: AgentId): { texts: InstructionText[]; faults: Fault[] } {
  const reads = ancestryOf(id).map((agentId) => {
    return { agentId, ...readWorkspaceFile(root, `${agentId}/CLAUDE.md`, limits.instructionsBytesMax) };
  });
  return {
    texts: reads.flatMap(({ agentId, text }) => (text === undefined ? [] : [{ agentId, text }])),
    faults: reads.flatMap((read) => read.fault ?? []),
  };
}

/** One text with a heading over each part, so that the model knows whose word is the nearer one. */
export function joinInstructions(texts: readonly InstructionText[]): string {
  return texts.map(({ agentId, text }) => `# Instructions of agent ${agentId}\n\n${text.trim()}\n`).join('\n');
}

/**
 * A text that an agent may have for itself, such as `prompts/planning.md`: its own, else the nearest ancestor's, else the
 * template's. Those of agents are as they were when the agent was loaded: a change is held until a person trusts it.
 */
export function promptOf({ ancestry, prompts }: Pick<Agent, 'ancestry' | 'prompts'>, file: string): string {
  const nearest = ancestry.findLast((id) => prompts[`${id}/${file}`] !== undefined);
  return prompts[`${nearest}/${file}`] ?? readFileSync(new URL(file, templateFolder), 'utf8');
}
