/** What the engine may do in each phase: which of its own tools it has, whether it writes, and what it is told. */
import type { EnginePhase } from '../../work-items/lifecycle/events.ts';

/** What a phase lets the engine do; nothing else exists for it. */
interface Allowance {
  writable: boolean;
  /** The engine's own tools. */
  builtin: readonly string[];
  promptFile: string;
}

export const allowances: Readonly<Record<EnginePhase, Allowance>> = {
  planning: { writable: false, builtin: ['Read', 'Glob', 'Grep', 'Bash'], promptFile: 'prompts/planning.md' },
  executing: {
    writable: true,
    builtin: ['Read', 'Glob', 'Grep', 'Bash', 'Edit', 'Write'],
    promptFile: 'prompts/executing.md',
  },
  repair: {
    writable: true,
    builtin: ['Read', 'Glob', 'Grep', 'Bash', 'Edit', 'Write'],
    promptFile: 'prompts/repair.md',
  },
};
