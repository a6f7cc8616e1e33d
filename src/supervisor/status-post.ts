/** Tells an agent's status channel how a work item stands: one message for each time that it comes into a phase. */
import type { Agent } from '../agents/agent.ts';
import type { Clock } from '../base/clock.ts';
import { known } from '../base/known.ts';
import { defaultApp } from '../connectors/slack/apps.ts';
import { workItemPages } from '../connectors/tracker-of.ts';
import type { LinkButton, OutboxWish } from '../conversations/outgoing.ts';
import { planButtons, waitingPlan } from '../conversations/plan-buttons.ts';
import { sanitizeLine } from '../documents/lines.ts';
import { statusPost } from '../status/texts.ts';
import type { Outbox } from '../store/conversations/outbox.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { RunningTurn } from './running-turn.ts';

/** Where people find what the words are about. */
function linksOf(agent: Agent, { workItemId, review, deployment }: WorkItem): string[] {
  const page = agent.kind === 'code-change' ? workItemPages(agent)?.(workItemId) : undefined;
  const instance = deployment?.sent ? agent.locations.instanceUrl : undefined;
  const links = { 'Work item': page, 'Pull request': review?.url, Instance: instance };
  return Object.entries(known(links)).map(([name, url]) => `${name}: ${url}`);
}

/** What a plan that waits has below it: buttons for the people who may press them, and the way to approve it on the board. */
function decisionsOf(
  agent: Agent,
  item: WorkItem,
  now: number,
): Pick<OutboxWish, 'buttons'> & { links?: LinkButton[] } {
  const isAnybody = Object.values(agent.config.slack?.people ?? {}).some(({ may }) => may.length > 0);
  const buttons = isAnybody ? planButtons(item, now) : [];
  const url = agent.kind === 'code-change' ? workItemPages(agent)?.(item.workItemId) : undefined;
  if (buttons.length === 0) return {};
  return { buttons, ...(url ? { links: [{ label: 'Review and approve', url }] } : {}) };
}

/** What is said of a plan once people cannot decide about it here any more. */
function settledBy({ phase, approval }: WorkItem): string {
  if (phase === 'executing' && approval) return `**Approved** on the work item by ${sanitizeLine(approval.by.name)}.`;
  return `**Decided**: the work item is now in ${phase}.`;
}

/**
 * Asked for after every event: the key lets each phase through once, and what a crash kept back goes out with the next event.
 * Sent in the session's name, so that what people answer there finds it; what caused the turn has no part in these words.
 */
export async function postStatus(
  { store, clock }: { store: { outbox: Pick<Outbox, 'tell'> }; clock: Pick<Clock, 'now'> },
  { agent, agentId, sessionId }: RunningTurn,
  item: WorkItem,
) {
  const { statusChannel: channel, app = defaultApp } = agent.config.slack ?? {};
  const { devops, approval } = agent.config;
  const { notRequester } = approval;
  const names = { agentId, mapping: devops?.stateMapping ?? {}, approvers: devops?.approvers, notRequester };
  const words = statusPost(item, names);
  if (channel === undefined || words === undefined) return;
  const key = `status:${agentId}:${sessionId}:${item.phase}:${item.since}:${waitingPlan(item) ?? ''}`;
  const { buttons = [], ...links } = decisionsOf(agent, item, clock.now());
  const what = { kind: 'post', text: [words, ...linksOf(agent, item)].join('\n'), ...links } as const;
  const wish: OutboxWish = { key, agentId, sessionId, place: { app, channel }, by: 'agent', what, buttons };
  await store.outbox.tell(wish, settledBy(item));
}
