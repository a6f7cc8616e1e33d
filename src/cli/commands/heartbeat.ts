/** `jvagent heartbeat`: has an agent look at its board now instead of at its next heartbeat, or says what it would see there. */
import { Command } from 'commander';
import { isRefusal, withNames } from '../../refusal.ts';
import { isOfBoard, looksFailBy, outOfMoney, platformDown, stoppedBy } from '../../status/agent-standing.ts';
import { readAgent, readPlatform } from '../../status/read-facts.ts';
import { toldItems } from '../../views/source.ts';
import { type BoardPreview, previewBoard, unseenBoard, withoutFilters } from '../board-preview.ts';
import type { Context } from '../context.ts';
import { granted, noBoard } from '../failure.ts';
import { fitted } from '../log/fitted.ts';
import { ownAgent, unlessOutside, withConnections } from '../own-connections.ts';
import { type Print, timeText } from '../print.ts';
import { publish } from '../publish.ts';
import { agentFacts, isUp } from '../status-facts.ts';

async function beat(context: Context, id: string): Promise<void> {
  const state = context.agent(id);
  if ('agent' in state && state.agent.kind === 'conversation') throw noBoard(id);
  await publish(context, { to: `agent/${id}`, command: 'heartbeat' });
  const store = await context.store();
  const platform = await readPlatform(store, { isUp: await isUp(context), now: context.now() });
  const stopped = stoppedBy(await readAgent(store, state, platform));
  const down = platformDown(platform);
  if (!stopped && !down) return context.print.line(`${id} looks at its board now.`);
  context.print.line(`The message is stored, but ${id} does not look at its board now:`);
  if (stopped) context.print.line(`${stopped.refused}: ${stopped.why}. ${withNames(stopped.fix, { agentId: id })}`);
  if (down) context.print.line(`${down.why}. ${down.fix}`);
}

/** Fails for an agent with faults in its files, in their words. */
async function preview(context: Context, id: string): Promise<BoardPreview> {
  const own = ownAgent(context, id);
  const { agent } = own;
  if (agent.kind === 'conversation') throw noBoard(id);
  const facts = await agentFacts(context, id);
  const items = await toldItems(await context.store(), facts);
  const looksFail = looksFailBy(facts);
  const elsewhere = looksFail && !isOfBoard(looksFail, facts) ? looksFail : undefined;
  const stopped = stoppedBy(facts) ?? elsewhere ?? outOfMoney(facts);
  return withConnections(context, { ...own, agent: withoutFilters(agent) }, async (connections) => {
    const { tracker } = granted(connections);
    const seen = await unlessOutside(id, previewBoard({ agent, facts, items, tracker, stopped }));
    return isRefusal(seen) ? unseenBoard(facts, stopped ?? seen) : seen;
  });
}

function printPreview(print: Print, { agentId, stopped, nextLookAt, items }: BoardPreview): void {
  if (stopped) {
    print.line(`${agentId} starts nothing. ${[stopped.code, stopped.why].filter(Boolean).join(': ')}.`);
    print.line(withNames(stopped.fix, { agentId }));
  }
  const setIn = (text: string) => {
    for (const line of fitted(text.replace(/\s+/g, ' ').trim(), print.columns() - 4)) print.line(`    ${line}`);
  };
  for (const { workItemId, type, state, starts, code, why, fix } of items) {
    print.line(`${type} ${workItemId}, ${state}: ${starts ? 'would start' : 'would not start'}`);
    if (starts) continue;
    if (why) setIn([code, why].filter(Boolean).join(': '));
    if (fix) setIn(fix);
  }
  if (items.length === 0) print.line('Nothing on the board would start, and nothing is in work.');
  if (nextLookAt !== null) print.line(`Next look: ${timeText(nextLookAt)} UTC.`);
}

export function heartbeatCommand(context: Context): Command {
  return new Command('heartbeat')
    .description('have the agent look at its board now')
    .argument('<id>', 'the agent')
    .option('--dry-run', 'only say what would start, and why not the rest; nothing is written')
    .option('--json', 'with --dry-run, print one JSON document')
    .action(async (id: string, { dryRun = false, json = false }) => {
      if (!dryRun) return beat(context, id);
      const seen = await context.print.during(`Looking at the board of ${id}`, () => preview(context, id));
      if (json) context.print.json(seen);
      else printPreview(context.print, seen);
    });
}
