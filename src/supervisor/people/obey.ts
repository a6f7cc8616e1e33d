/**
 * Does what a person tells the bot itself in Slack.
 *
 * command -> the agent that it concerns -> who says so, live, and may they? -> an answer, or a message to the agent and a line
 */
import { workItemSession } from '../../broker/session-id.ts';
import type { BotCommand } from '../../conversations/bot-command.ts';
import type { Right } from '../../conversations/gate/person-decision.ts';
import type { HeardMessage } from '../../conversations/inbox-outcome.ts';
import { nameText } from '../../conversations/proposal-text.ts';
import { isRefusal } from '../../refusal.ts';
import { isOver } from '../../work-items/phase.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import type { Obey } from '../slack/hear.ts';
import type { ConnectedApp } from '../slack/slack-node.ts';
import { helpText, statusAnswer, whyAnswer } from './command-answers.ts';
import { judge, noText, nothing, type PeopleNode } from './judge.ts';
import { tellAgent } from './tell-agent.ts';

type ItemCommand = Exclude<BotCommand, { name: 'status' | 'help' }>;

interface Act {
  readonly right: Right;
  readonly command: 'work.process' | 'work.cancel' | 'work.retry';
  readonly done: string;
  /** Why there is nothing to do. */
  readonly fault: (item: WorkItem | undefined) => string | undefined;
}

const acts: Readonly<Record<Exclude<ItemCommand['name'], 'why'>, Act>> = {
  start: {
    ...{
      right: 'start',
      command: 'work.process',
      done: 'is looked at now. Its tag and state decide whether it starts',
    },
    fault: () => undefined,
  },
  stop: {
    ...{ right: 'stop', command: 'work.cancel', done: 'is being stopped, and its work is kept' },
    fault: (item) =>
      item === undefined ? 'it was not started' : isOver(item.phase) ? 'it has ended already' : undefined,
  },
  retry: {
    ...{ right: 'start', command: 'work.retry', done: 'goes on' },
    fault: (item) => (item === undefined ? 'it was not started' : undefined),
  },
};

/** The agents with a board; of several, the one that has taken the work item up. */
async function agentFor(
  node: PeopleNode,
  agentIds: readonly string[],
  workItemId: number,
): Promise<string | undefined> {
  const withBoard = agentIds.filter((id) => {
    const state = node.agents.get(id);
    return state && 'agent' in state && state.agent.kind === 'code-change';
  });
  const has = async (id: string) => (await node.store.sessions.get(id, workItemSession(workItemId))) !== undefined;
  const found = await Promise.all(withBoard.map(async (id) => ((await has(id)) ? [id] : [])));
  const [only, ...others] = withBoard.length === 1 ? withBoard : found.flat();
  return others.length === 0 ? only : undefined;
}

async function answerTo(
  node: PeopleNode,
  app: ConnectedApp,
  { user, channel, ts }: HeardMessage,
  command: BotCommand,
  agentIds: readonly string[],
): Promise<string> {
  if (command.name === 'help') return helpText;
  const ask = (agentId: string, right: Right | undefined, target: string) => {
    const about = { agentId, sessionId: '', action: `slack-${command.name}`, target };
    return judge(node, { app, user, ...about, right, shown: command.name, current: command.name });
  };
  if (!('workItemId' in command)) {
    const judged = await Promise.all(agentIds.map(async (id) => ({ id, may: await ask(id, undefined, id) })));
    const open = judged.filter(({ may }) => !isRefusal(may)).map(({ id }) => id);
    const [no] = judged.flatMap(({ may }) => (isRefusal(may) ? [may] : []));
    return open.length === 0 && no ? noText(no) : statusAnswer(node, open);
  }
  const { name, workItemId } = command;
  const agentId = await agentFor(node, agentIds, workItemId);
  if (agentId === undefined)
    return `Name the agent that you mean, such as \`${agentIds[0]}: ${name} ${workItemId}\`. It must have a board.`;
  const act = name === 'why' ? undefined : acts[name];
  const allowed = await ask(agentId, act?.right, `work item ${workItemId}`);
  if (isRefusal(allowed)) return noText(allowed);
  if (!act) return whyAnswer(node, agentId, workItemId);
  const fault = act.fault((await node.store.sessions.get(agentId, workItemSession(workItemId)))?.item);
  if (fault) return `Nothing to do for work item ${workItemId}: ${fault}.`;
  const key = `said:${app.app.name}:${channel}:${ts}`;
  await tellAgent(node, { person: allowed.person, agentId, command: act.command, payload: { workItemId }, key });
  return `Work item ${workItemId} ${act.done}, as ${nameText(allowed.person)} asked.`;
}

/** `of` finds the app that a message came by. */
export function createObey(node: PeopleNode, of: (app: string) => ConnectedApp | undefined): Obey {
  return async (heard, command, agentIds) => {
    const { app, channel, root, ts } = heard;
    const connected = of(app);
    const text = connected ? await answerTo(node, connected, heard, command, agentIds) : 'I am not connected to Slack.';
    const place = { app, channel, root };
    const key = `command:${app}:${channel}:${ts}`;
    const wish = { key, agentId: '', sessionId: '', place, by: 'platform', what: { kind: 'post', text } } as const;
    return { ...nothing, decision: 'command', reason: command.name, wishes: [wish] };
  };
}
