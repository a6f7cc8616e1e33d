/** The texts that an agent is given: every CLAUDE.md along its ancestry, and phase prompts from the nearest folder. */
import { readFileSync } from 'node:fs';
import { limits } from '../limits.ts';
import type { Agent } from './agent.ts';
import { type AgentId, ancestryOf } from './agent-id.ts';
import type { Fault } from './fault.ts';
import { readWorkspaceFile } from './workspace-file.ts';

export const triageFile = 'triage.md';

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

const nearestOf = ({ ancestry, prompts }: Pick<Agent, 'ancestry' | 'prompts'>, file: string): string | undefined =>
  ancestry.map((id) => prompts[`${id}/${file}`]).findLast((text) => text !== undefined);

/**
 * A text that an agent can override, such as `prompts/planning.md`: its own, or the nearest ancestor's, or the
 * template's. An agent's texts are read when the agent is loaded: a change has no effect until a person trusts it.
 */
export function promptOf({ ancestry, prompts }: Pick<Agent, 'ancestry' | 'prompts'>, file: string): string {
  return nearestOf({ ancestry, prompts }, file) ?? readFileSync(new URL(file, templateFolder), 'utf8');
}

/** Headings and comments say nothing to do. */
const spoken = (text: string | undefined) => (text?.replace(/<!--[\s\S]*?-->|^#.*$/gm, '').trim() ? text : undefined);

/** Which messages of its channels the agent is to act on: the nearest `triage.md` or `triagePrompt`; undefined if none says it. */
export const triageTextOf = (agent: Pick<Agent, 'ancestry' | 'prompts'>): string | undefined =>
  spoken(nearestOf(agent, triageFile));

/** What the agent does at each heartbeat: its own `heartbeat.md`; undefined if that says nothing. */
export const heartbeatTextOf = ({ id, prompts }: Pick<Agent, 'id' | 'prompts'>): string | undefined =>
  spoken(prompts[`${id}/heartbeat.md`]);
