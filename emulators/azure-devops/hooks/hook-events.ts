/**
 * Service hook events: each stored change as its events, in the form in which Azure DevOps posts them.
 *
 * change -> its event types -> matching subscriptions -> envelope -> sender
 */
import { randomUUID } from 'node:crypto';
import type { HookSender } from '../../control/deliver.ts';
import { tagsOf } from '../items/field-values.ts';
import { itemView, type Scope, updateView } from '../items/views.ts';
import type { Change, HookSubscription, Person, Revision, WorkItem } from '../model.ts';
import type { PullEvent } from '../pulls/pull-model.ts';
import { commentView, pullView } from '../pulls/pull-views.ts';
import type { Tenant } from '../tenant.ts';

const pullTypes = {
  created: 'git.pullrequest.created',
  updated: 'git.pullrequest.updated',
  merged: 'git.pullrequest.merged',
  commented: 'ms.vss-code.git-pullrequest-comment-event',
} as const;

const itemTypes = ['workitem.created', 'workitem.updated', 'workitem.commented', 'workitem.deleted'];

export const hookEventTypes: ReadonlySet<string> = new Set([...itemTypes, ...Object.values(pullTypes)]);

interface HookEvent {
  eventType: string;
  /** The project of the change. */
  projectId: string;
  by: Person;
  /** Such as `Bug #5 (Title) updated`. */
  text: string;
  /** Whether the event matches a subscription's inputs. */
  fits(inputs: Readonly<Record<string, string>>): boolean;
  resource(scope: Scope): unknown;
}

/** In hook events identities are plain text, as in the API's first version. */
const scopeOf = (tenant: Tenant, { base }: HookSubscription): Scope => ({ tenant, base, version: 1 });

function envelope(tenant: Tenant, event: HookEvent, subscription: HookSubscription, id: string) {
  const { eventType, projectId, by, text } = event;
  const { base } = subscription;
  const said = { text: `${text} by ${by.name}`, html: `${text} by ${by.name}`, markdown: `${text} by ${by.name}` };
  const at = { id: tenant.instanceId, baseUrl: `${base}/` };
  return {
    subscriptionId: subscription.id,
    notificationId: subscription.told,
    id,
    eventType,
    publisherId: 'tfs',
    message: said,
    detailedMessage: said,
    resource: event.resource(scopeOf(tenant, subscription)),
    resourceVersion: subscription.resourceVersion,
    resourceContainers: { collection: at, account: at, project: { id: projectId, baseUrl: `${base}/` } },
    createdDate: new Date(tenant.now()).toISOString(),
  };
}

/** `httpHeaders` contains one line `name: value` for each additional header. */
function headersOf({ httpHeaders = '', basicAuthUsername = '', basicAuthPassword = '' }: Record<string, string>) {
  const lines = httpHeaders.split(/\r?\n/).flatMap((line) => {
    const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line.trim()) ?? [];
    return name ? [[name.toLowerCase(), value ?? '']] : [];
  });
  const pair = Buffer.from(`${basicAuthUsername}:${basicAuthPassword}`).toString('base64');
  const authorization = basicAuthUsername || basicAuthPassword ? { authorization: `Basic ${pair}` } : {};
  return { ...Object.fromEntries(lines), ...authorization, 'content-type': 'application/json; charset=utf-8' };
}

function announce(tenant: Tenant, event: HookEvent, sender: HookSender): void {
  const id = randomUUID();
  for (const subscription of tenant.subscriptions) {
    const { eventType, publisherInputs, consumerInputs } = subscription;
    const { projectId } = publisherInputs;
    const wants = eventType === event.eventType && (!projectId || projectId === event.projectId);
    if (!wants || !event.fits(publisherInputs)) continue;
    subscription.told += 1;
    const body = JSON.stringify(envelope(tenant, event, subscription, id));
    sender.send({ url: consumerInputs.url ?? '', headers: headersOf(consumerInputs), body });
  }
}

/** Checks area (with its subareas), type, tag and changed field; an empty input matches everything. */
function itemFits(item: WorkItem, { rev, fields }: Revision, inputs: Readonly<Record<string, string>>): boolean {
  const { areaPath, workItemType, tag, changedFields } = inputs;
  const before = item.revisions[rev - 2]?.fields;
  const same = (a: unknown, b: string) => String(a ?? '').toLowerCase() === b.toLowerCase();
  return (
    (!areaPath || `${fields['System.AreaPath']}\\`.toLowerCase().startsWith(`${areaPath}\\`.toLowerCase())) &&
    (!workItemType || same(fields['System.WorkItemType'], workItemType)) &&
    (!tag || tagsOf(fields['System.Tags']).some((each) => same(each, tag))) &&
    (!changedFields || fields[changedFields] !== before?.[changedFields])
  );
}

/** A new comment is also an update. */
function typesOf(kind: Change['kind'], { commentVersion }: Revision): string[] {
  if (kind === 'created' || kind === 'deleted') return [`workitem.${kind}`];
  return commentVersion?.version === 1 ? ['workitem.commented', 'workitem.updated'] : ['workitem.updated'];
}

/** An update event contains the update and its revision; other events contain the work item. */
function itemResource(scope: Scope, eventType: string, item: WorkItem, revision: Revision) {
  const whole = itemView(scope, item, { relations: true, links: true, all: false }, undefined, revision);
  return eventType === 'workitem.updated' ? { ...updateView(scope, item, revision), revision: whole } : whole;
}

function announceChange(tenant: Tenant, change: Change, sender: HookSender): void {
  const item = tenant.allItems().find(({ id }) => id === change.workItemId);
  const revision = item?.revisions[change.rev - 1];
  if (!item || !revision) return;
  const { fields } = revision;
  const project = tenant.projects.find(({ name }) => name === fields['System.TeamProject']) ?? tenant.projects[0];
  for (const eventType of typesOf(change.kind, revision)) {
    const what = `${fields['System.WorkItemType']} #${item.id} (${fields['System.Title']})`;
    const event: HookEvent = {
      eventType,
      projectId: project.id,
      by: change.by,
      text: `${what} ${eventType.replace('workitem.', '')}`,
      fits: (inputs) => itemFits(item, revision, inputs),
      resource: (scope) => itemResource(scope, eventType, item, revision),
    };
    announce(tenant, event, sender);
  }
}

function announcePull(tenant: Tenant, { pull, by, kind, comment }: PullEvent, sender: HookSender): void {
  const { repository, target } = pull;
  announce(
    tenant,
    {
      eventType: pullTypes[kind],
      projectId: repository.project.id,
      by,
      text: `Pull request ${pull.id} (${pull.title}) ${kind}`,
      fits: (inputs) =>
        (!inputs.repository || inputs.repository === repository.id) && (!inputs.branch || inputs.branch === target),
      resource: (scope) => {
        const view = pullView(scope, pull);
        return comment ? { comment: commentView(scope, comment), pullRequest: view } : view;
      },
    },
    sender,
  );
}

export interface Announcer {
  change(tenant: Tenant, change: Change): void;
  pull(tenant: Tenant, event: PullEvent): void;
}

/** `settle` executes queued work on a pull request, so that events are sent even if nobody reads it. */
export function createAnnouncer(sender: HookSender, settle: (tenant: Tenant, event: PullEvent) => void): Announcer {
  return {
    change(tenant, change) {
      if (tenant.subscriptions.length > 0) announceChange(tenant, change, sender);
    },
    pull(tenant, event) {
      if (tenant.subscriptions.length === 0) return;
      announcePull(tenant, event, sender);
      if (event.pull.mergeStatus === 'queued') settle(tenant, event);
    },
  };
}
