/** What changes the outside takes a permit, by type: a method that is not named as a read here cannot be written without one. */
import { expect, expectTypeOf, test } from 'vitest';
import type { HttpClient } from '../../src/connectors/http/http-client.ts';
import type { InstanceConnector } from '../../src/connectors/instance.ts';
import type { CodeHost } from '../../src/work-items/code-host.ts';
import { type AnyPermit, type ConversationBinding, Permit } from '../../src/work-items/gate/permit.ts';
import type { Tracker, TrackerChecks, TrackerReads } from '../../src/work-items/tracker.ts';

/** The first parameter of every method but these. */
type FirstOfOthers<Connector, Reads extends keyof Connector> = {
  [Name in Exclude<keyof Connector, Reads>]: Connector[Name] extends (...parameters: infer Given) => unknown
    ? Given extends [infer First, ...unknown[]]
      ? First
      : undefined
    : undefined;
}[Exclude<keyof Connector, Reads>];

test('every connector method that writes takes a permit first', () => {
  expectTypeOf<FirstOfOthers<Tracker, keyof TrackerReads | keyof TrackerChecks>>().toEqualTypeOf<Permit>();
  type HostReads = 'me' | 'find' | 'get' | 'notes' | 'checks' | 'hasLabel' | 'isReviewer';
  expectTypeOf<
    FirstOfOthers<CodeHost, HostReads | 'bodyCharsMax' | 'lookPause' | 'tokenExpiresAt'>
  >().toEqualTypeOf<Permit>();
  expectTypeOf<
    FirstOfOthers<InstanceConnector, 'version' | 'healthy' | 'deployment' | 'call' | 'write'>
  >().toEqualTypeOf<Permit>();
  expectTypeOf<Parameters<InstanceConnector['write']>[0]>().toEqualTypeOf<Permit<ConversationBinding>>();
  expectTypeOf<FirstOfOthers<HttpClient, 'get' | 'query'>>().toEqualTypeOf<AnyPermit>();
});

test('only its own class makes a permit, and only the gate uses it', () => {
  const likeOne = { id: 'p', binding: {}, spend: () => undefined };
  // @ts-expect-error: what only looks like a permit is none
  const forged: Permit = likeOne;
  expect(forged).not.toBeInstanceOf(Permit);
  // @ts-expect-error: its constructor is private
  expectTypeOf<ConstructorParameters<typeof Permit>>().toBeArray();
});
