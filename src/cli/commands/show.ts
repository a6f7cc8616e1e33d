/** `jvagent show`: one session with everything that happened in it. */
import { Command } from 'commander';
import { requestLine } from '../../conversations/proposal-text.ts';
import { wordsOf } from '../../views/log/entry-words.ts';
import { readSession, type SessionView } from '../../views/session-view.ts';
import type { Context } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { fitted } from '../log/fitted.ts';
import { writeEntry } from '../log/write-entry.ts';
import { type Print, usdText } from '../print.ts';

async function viewOf(context: Context, agentId: string, sessionId: string): Promise<SessionView> {
  context.agent(agentId);
  const view = await readSession({ store: await context.store(), agents: context.agents() }, { agentId, sessionId });
  if (view) return view;
  throw new CommandFailure(`${agentId} has no session ${sessionId}. See \`jvagent sessions ${agentId}\`.`);
}

const nameColumns = 12;
const hashCharsShown = 12;

/** What a parked session waits for. */
function triggerText(trigger: NonNullable<SessionView['pendingTrigger']>): string {
  if ('targetStates' in trigger) {
    return `somebody to move work item ${trigger.workItemId} to ${trigger.targetStates.join(' or ')}`;
  }
  return 'prUrl' in trigger ? `the merge of ${trigger.prUrl}` : `a comment on work item ${trigger.workItemId}`;
}

/** What is so now, each with its name; what is not known is left out. */
function factsOf(view: SessionView): [string, string | number | null | undefined][] {
  const { agentId, sessionId, workItemId, title, phase, state, outcome, attempts, pendingTrigger } = view;
  const { planHash, branch, prUrl, deployedSha, usd, tokens, proposals = [] } = view;
  return [
    ['agent', agentId],
    ['session', sessionId],
    ['work item', workItemId],
    ['title', title],
    ['phase', phase],
    ['state', state],
    ['waits for', pendingTrigger && triggerText(pendingTrigger)],
    ['plan', planHash?.slice(0, hashCharsShown)],
    ['branch', branch],
    ['pull request', prUrl],
    ['deployed', deployedSha?.slice(0, hashCharsShown)],
    ['last turn', outcome],
    ['proposes', proposals.map(({ id, request }) => `${id}: ${requestLine(request)}`).join('; ')],
    ['attempts', attempts],
    ['cost', `${usdText(usd)}; tokens: ${tokens.input} in, ${tokens.cached} cached, ${tokens.output} out`],
  ];
}

function printView(print: Print, view: SessionView, isFull: boolean): void {
  for (const [name, value] of factsOf(view)) {
    if (value === undefined || value === null || value === '') continue;
    const [first = '', ...more] = fitted(String(value), print.columns() - nameColumns - 2);
    print.line(`${name.padEnd(nameColumns)}  ${first}`);
    for (const line of more) print.line(`${' '.repeat(nameColumns)}  ${line}`);
  }
  print.line('');
  for (const entry of view.log) {
    const words = wordsOf(entry);
    if (words) writeEntry(print, words, { at: entry.at, where: '', isFull });
  }
}

export function showCommand(context: Context): Command {
  return new Command('show')
    .description('show one session: its work item, what it waits for, and its log')
    .argument('<id>', 'the agent')
    .argument('<session>', 'such as wi-12')
    .option('--full', 'show long answers and texts to their end')
    .option('--json', 'print one JSON document')
    .action(async (id: string, sessionId: string, { json = false, full = false }) => {
      const view = await viewOf(context, id, sessionId);
      if (json) context.print.json(view);
      else printView(context.print, view, full);
    });
}
