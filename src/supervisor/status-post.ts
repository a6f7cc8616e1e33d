/** Tells an agent's status channel how a work item stands: one message for each time that it comes into a phase. */
import type { Agent } from '../agents/agent.ts';
import { known } from '../base/known.ts';
import type { Broker } from '../broker/broker.ts';
import { defaultApp } from '../connectors/slack/apps.ts';
import { workItemPages } from '../connectors/tracker-of.ts';
import { statusPost } from '../status/texts.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { RunningTurn } from './running-turn.ts';

/** Where people find what the words are about. */
function linksOf(agent: Agent, { workItemId, review, deployment }: WorkItem): string[] {
  const page = agent.kind === 'code-change' ? workItemPages(agent)?.(workItemId) : undefined;
  const instance = deployment?.sent ? agent.locations.instanceUrl : undefined;
  const links = { 'Work item': page, 'Pull request': review?.url, Instance: instance };
  return Object.entries(known(links)).map(([name, url]) => `${name}: ${url}`);
}

/**
 * Asked for after every event: the key lets each phase through once, and what a crash kept back goes out with the next event.
 * Sent in the session's name, so that what people answer there finds it; what caused the turn has no part in these words.
 */
export async function postStatus(
  broker: Pick<Broker, 'publish'>,
  { agent, agentId, sessionId }: RunningTurn,
  item: WorkItem,
) {
  const { statusChannel, app = defaultApp } = agent.config.slack ?? {};
  const { devops, approval } = agent.config;
  const { notRequester } = approval;
  const names = { agentId, mapping: devops?.stateMapping ?? {}, approvers: devops?.approvers, notRequester };
  const text = statusPost(item, names);
  if (statusChannel === undefined || text === undefined) return;
  const draft = {
    to: `slack/${app}/${statusChannel}`,
    command: 'slack.send_message',
    payload: { text: [text, ...linksOf(agent, item)].join('\n') },
    dedupeKey: `status:${item.phase}:${item.since}`,
  };
  await broker.publish(draft, { kind: 'agent', agentId, sessionId });
}
