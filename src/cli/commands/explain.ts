/** `jvagent explain`: why a work item is not moving, and what to do about it. */
import { Command } from 'commander';
import { workItemSession } from '../../broker/session-id.ts';
import { pauseOf } from '../../supervisor/permit-blocks.ts';
import { stateFolderOf } from '../../supervisor/supervisor.ts';
import type { Context } from '../context.ts';
import { type Explanation, explain } from '../explanation.ts';
import { noBoard } from '../failure.ts';
import { findNode } from '../find-node.ts';
import { disabledBy, isRunning } from '../platform-status.ts';
import { standstillOf } from '../standstill.ts';
import { workItemIdOf } from '../work-item-argument.ts';

async function explanationOf(context: Context, agentId: string, workItemId: number): Promise<Explanation> {
  const state = context.agent(agentId);
  if ('agent' in state && state.agent.kind === 'conversation') throw noBoard(agentId);
  const store = await context.store();
  const key = { agentId, sessionId: workItemSession(workItemId) };
  const [session, memory, openEffects, platformPausedAt, standstill] = await Promise.all([
    store.sessions.get(agentId, key.sessionId),
    store.agents.get(agentId),
    store.effects.open(key),
    store.platform.pausedAt(),
    standstillOf(context.settings()),
  ]);
  return explain({
    session,
    isRunning: session !== undefined && isRunning(session, context.now()),
    stopped: disabledBy(state, memory) ?? standstill ?? pauseOf(agentId, memory, platformPausedAt),
    hold: memory.hold,
    openEffects,
  });
}

export function explainCommand(context: Context): Command {
  return new Command('explain')
    .description('why a work item is not moving')
    .argument('<id>', 'the agent')
    .argument('<workitem>', 'its number', workItemIdOf)
    .option('--json', 'print one JSON document')
    .action(async (id: string, workItemId: number, { json = false }) => {
      const explanation = await explanationOf(context, id, workItemId);
      if (json) return context.print.json(explanation);
      const { phase, waitingFor, code, why, fix } = explanation;
      const isUp = findNode(stateFolderOf(context.settings().root)) !== undefined;
      if (!isUp) context.print.line('The platform is not up: run `jvagent start`.');
      context.print.line(`Work item ${workItemId} is ${phase ? `in ${phase}` : 'not in work'}.`);
      const whom = waitingFor === 'model' ? "its model's provider" : waitingFor;
      if (whom) context.print.line(`It waits for ${whom}.`);
      if (code) context.print.line(`${code}: ${why}`);
      if (fix) context.print.line(fix);
    });
}
