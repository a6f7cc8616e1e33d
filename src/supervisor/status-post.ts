/** Tells an agent's status channel how a work item stands: one message for each time that it comes into a phase. */
import type { Broker } from '../broker/broker.ts';
import { statusPost } from '../status/texts.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { RunningTurn } from './running-turn.ts';

/** The Slack workspace of an agent that names no app of its own. */
const defaultApp = 'default';

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
    payload: { text },
    dedupeKey: `status:${item.phase}:${item.since}`,
  };
  await broker.publish(draft, { kind: 'agent', agentId, sessionId });
}
