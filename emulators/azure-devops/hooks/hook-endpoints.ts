/** Service hook subscriptions over HTTP: subscribe, list, read, unsubscribe. Only web hooks to loopback are accepted. */
import { randomUUID } from 'node:crypto';
import { isLoopback } from '../../control/deliver.ts';
import { type Call, type Endpoint, objectBody, valueList } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import { dateView, personView } from '../items/views.ts';
import type { HookSubscription } from '../model.ts';
import { findProject } from '../process/type-endpoints.ts';
import { hookEventTypes } from './hook-events.ts';

/** The only accepted values of `publisherId`, `consumerId` and `consumerActionId`. */
const fixed = { publisherId: 'tfs', consumerId: 'webHooks', consumerActionId: 'httpRequest' } as const;

function textsOf(value: unknown): Record<string, string> {
  const entries = Object.entries((value ?? {}) as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, text]) => [name, String(text ?? '')]));
}

function readSubscription(call: Call): HookSubscription {
  const body = objectBody(call);
  for (const [name, value] of Object.entries(fixed)) {
    if (body[name] !== value) throw errors.badArgument(`The value '${body[name]}' is not supported for '${name}'.`);
  }
  const eventType = String(body.eventType ?? '');
  if (!hookEventTypes.has(eventType)) throw errors.badArgument(`There is no event type '${eventType}'.`);
  const [publisherInputs, consumerInputs] = [textsOf(body.publisherInputs), textsOf(body.consumerInputs)];
  const { url = '' } = consumerInputs;
  if (!isLoopback(url)) throw errors.badArgument(`Subscription input 'url' must be a loopback address: '${url}'.`);
  const { projectId } = publisherInputs;
  const project = projectId ? findProject(call, projectId).id : '';
  return {
    id: randomUUID(),
    eventType,
    resourceVersion: String(body.resourceVersion ?? '1.0'),
    publisherInputs: { ...publisherInputs, projectId: project },
    consumerInputs,
    createdBy: call.person,
    createdAt: new Date(call.tenant.now()).toISOString(),
    base: call.base,
    told: 0,
  };
}

/** A password is never shown again. */
function subscriptionView(call: Call, subscription: HookSubscription) {
  const { id, eventType, resourceVersion, publisherInputs, consumerInputs, createdBy, createdAt } = subscription;
  const url = `${call.base}/_apis/hooks/subscriptions/${id}`;
  const hidden = consumerInputs.basicAuthPassword ? { basicAuthPassword: '********' } : {};
  const who = personView(call, createdBy);
  return {
    id,
    url,
    status: 'enabled',
    ...fixed,
    eventType,
    subscriber: null,
    resourceVersion,
    eventDescription: 'Any event',
    actionDescription: `To host ${new URL(consumerInputs.url ?? '').hostname}`,
    createdBy: who,
    createdDate: dateView(createdAt),
    modifiedBy: who,
    modifiedDate: dateView(createdAt),
    publisherInputs,
    consumerInputs: { ...consumerInputs, ...hidden },
    _links: { self: { href: url } },
  };
}

function find({ tenant }: Call, id = ''): HookSubscription {
  const found = tenant.subscriptions.find((each) => each.id === id);
  if (!found) throw errors.missingSubscription(id);
  return found;
}

const path = '/_apis/hooks/subscriptions';
const location = 'hooks/subscriptions';

export const hookEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path,
    location,
    answer(call) {
      const subscription = readSubscription(call);
      call.tenant.subscriptions.push(subscription);
      return subscriptionView(call, subscription);
    },
  },
  {
    method: 'GET',
    path,
    location,
    answer(call) {
      const asked = call.query('eventType');
      const found = call.tenant.subscriptions.filter(({ eventType }) => !asked || eventType === asked);
      return valueList(found.map((subscription) => subscriptionView(call, subscription)));
    },
  },
  {
    method: 'GET',
    path: `${path}/:id`,
    location,
    answer: (call, { id }) => subscriptionView(call, find(call, id)),
  },
  {
    method: 'DELETE',
    path: `${path}/:id`,
    location,
    answer(call, { id }) {
      const { subscriptions } = call.tenant;
      subscriptions.splice(subscriptions.indexOf(find(call, id)), 1);
      return new Response(null, { status: 200 });
    },
  },
];
