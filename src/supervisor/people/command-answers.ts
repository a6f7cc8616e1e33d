/** What the bot answers to `status`, `why N` and `help`: the same that the commands of the same names say. */
import { workItemPages } from '../../connectors/tracker-of.ts';
import { sanitizeLine } from '../../documents/lines.ts';
import type { AgentFacts } from '../../status/facts.ts';
import { itemStanding, waitedFor } from '../../status/item-standing.ts';
import { type Entry, headings, isTold, overviewOf } from '../../status/overview.ts';
import { readAgent, readItems, readPlatform } from '../../status/read-facts.ts';
import { timeText } from '../../work-items/time-text.ts';
import type { PeopleNode } from './judge.ts';

export const helpText = [
  'Mention me with one of these:',
  '- `status`: what needs a person, waits, runs, or ended today',
  '- `why N`: why work item N is not moving',
  '- `start N`: look at work item N now; its tag and state still decide',
  '- `stop N`: stop work item N and keep its work',
  '- `retry N`: let work item N go on',
  'Where several agents are, name one: `codechange/acme: why 12`. Anything else is a question to the agent. Plans are approved on the board only.',
].join('\n');

async function factsOf({ store, agents, clock }: PeopleNode, agentIds: readonly string[]): Promise<AgentFacts[]> {
  const platform = await readPlatform(store, { isUp: true, now: clock.now() });
  const states = agents.list().filter(({ id }) => agentIds.includes(id));
  return Promise.all(states.map((state) => readAgent(store, state, platform)));
}

const linesMax = 20;

function lineOf({ agentId, workItemId, title, phase, code, why, fix, waitingFor }: Entry): string {
  const name = workItemId === undefined ? agentId : `${agentId} ${workItemId}${title ? ` ${sanitizeLine(title)}` : ''}`;
  const reason = [code, why].filter(Boolean).join(': ') || (waitingFor ? `waits for ${waitedFor(waitingFor)}` : '');
  return `- ${[name, phase].filter(Boolean).join(': ')}${reason ? `; ${sanitizeLine(reason)}` : ''}${fix ? `. ${sanitizeLine(fix)}` : ''}`;
}

/** Only of these agents. */
export async function statusAnswer(node: PeopleNode, agentIds: readonly string[]): Promise<string> {
  const facts = await factsOf(node, agentIds);
  const items = await Promise.all(
    facts.map((agent) =>
      readItems(
        node.store,
        agent,
        isTold(agent).map((workItemId) => ({ workItemId })),
      ),
    ),
  );
  const overview = overviewOf(facts, items.flat());
  const groups = (['needs', 'waits', 'running', 'ended'] as const).filter((group) => overview[group].length > 0);
  if (groups.length === 0) return 'Nothing waits and nothing runs.';
  return groups
    .map((group) => {
      const entries = overview[group];
      const more = entries.length > linesMax ? [`- and ${entries.length - linesMax} more`] : [];
      return [`**${headings[group]}**`, '', ...entries.slice(0, linesMax).map(lineOf), ...more].join('\n');
    })
    .join('\n\n');
}

/** Why one work item of the agent is not moving. */
export async function whyAnswer(node: PeopleNode, agentId: string, workItemId: number): Promise<string> {
  const [agent] = await factsOf(node, [agentId]);
  if (!agent) return `There is no agent ${agentId}.`;
  const page = agent.agent?.kind === 'code-change' ? workItemPages(agent.agent)?.(workItemId) : undefined;
  const [item] = await readItems(node.store, agent, [{ workItemId, page }]);
  if (!item) return `${agentId} knows nothing of work item ${workItemId}.`;
  const { phase, code, why, fix, waitingFor, nextLookAt } = itemStanding(item);
  const isUnknown = item.session?.item === undefined;
  const lines = [
    `Work item ${workItemId} of ${agentId}: ${phase ?? 'not started'}.`,
    waitingFor && `Waits for ${waitedFor(waitingFor)}.`,
    why && `${[code, sanitizeLine(why)].filter(Boolean).join(': ')}.`,
    fix && sanitizeLine(fix),
    nextLookAt !== null && `Next look: ${timeText(nextLookAt)}.`,
    isUnknown && `What its tile says is read by \`jvagent explain ${agentId} ${workItemId}\`.`,
    page,
  ];
  return lines.filter(Boolean).join('\n');
}
