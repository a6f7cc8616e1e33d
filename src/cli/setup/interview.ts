/** All questions about a new workspace and its first agent, in the order in which each answer helps the next. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseAgentId } from '../../agents/agent-id.ts';
import { configFileName } from '../../agents/config/file.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import type { Answers } from './answers.ts';
import { type Asking, askUntilSound, type Question } from './question.ts';
import { approvers, boardTokenQuestion, organization, project } from './questions/board.ts';
import { branchPrefix, codeTokenQuestion, customerBranch, repository, testCommand } from './questions/code.ts';
import { instance } from './questions/instance.ts';
import { states } from './questions/states.ts';

const usualId = 'codechange/acme';

function idIn(root: string): Question {
  return {
    async ask(ask) {
      const message = `Id of the agent: its folder in the workspace (Enter: ${usualId})`;
      // Not typed already: whoever types an id over it would get both in one.
      const id = parseAgentId((await ask.text({ message, example: 'codechange/CUSTOMER' })) || usualId);
      if (isRefusal(id)) return id;
      const isTaken = existsSync(join(root, id, configFileName));
      return isTaken ? refuse('AGENT_ID', `the agent ${id} already exists`, 'Choose another id.') : { id };
    },
  };
}

const modelKey: Question = {
  async ask(ask) {
    const key = await ask.secret('ANTHROPIC_API_KEY, the key for the model (Enter: later)');
    return key === '' ? undefined : { modelKey: key };
  },
};

export interface InterviewOptions {
  /** The workspace, which need not exist yet. */
  readonly root: string;
  /** Whether the environment has a key for the model already. */
  readonly hasModelKey: boolean;
}

/** Asks everything; nothing is written. Throws a CommandFailure if the person stops. */
export async function interview({ ask, look }: Asking, { root, hasModelKey }: InterviewOptions): Promise<Answers> {
  ask.say('Each answer is tested at once. Nothing is written before the end; Ctrl-C stops.');
  const questions: Question[] = [
    idIn(root),
    ...[organization, boardTokenQuestion, project, states, approvers],
    ...[repository, codeTokenQuestion, customerBranch, branchPrefix, testCommand],
    instance,
    ...(hasModelKey ? [] : [modelKey]),
  ];
  let answers: Answers = { id: usualId };
  for (const question of questions) answers = await askUntilSound({ ask, look }, question, answers);
  return answers;
}
