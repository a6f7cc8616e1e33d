/** What leaves for the tile and the code host has no secret in it, whichever method writes it. */
import { expect, test } from 'vitest';
import { createRedact } from '../../src/base/redact.ts';
import { hidingCodeHost, hidingEngine, hidingTracker } from '../../src/connections/ways-out.ts';
import type { EngineEvent, EngineRun } from '../../src/engine/engine.ts';
import { refuse } from '../../src/refusal.ts';
import type { CodeHost } from '../../src/work-items/code-host.ts';
import type { Permit } from '../../src/work-items/gate/permit.ts';
import type { Tracker } from '../../src/work-items/tracker.ts';
import { engineOf } from '../turns/engine.ts';

const secret = 'token-of-the-crm';
const redact = createRedact([{ name: 'CRM_TOKEN', value: secret }]);
const permit = {} as Permit;

/** Notes the arguments of every call. */
function recorder<T>() {
  const calls: unknown[][] = [];
  const methods = ['move', 'addComment', 'editComment', 'createChild', 'link', 'open', 'addLabel', 'addReviewer', 'me'];
  const target = Object.fromEntries(
    methods.map((name) => [name, async (...given: unknown[]) => calls.push([name, ...given])]),
  );
  return { calls, target: target as T };
}

test('no write to the tile holds a secret, and reads stay as they are', async () => {
  const { calls, target } = recorder<Tracker>();
  const tracker = hidingTracker(target, redact);
  await tracker.move(permit, 7, { rev: 2, state: 'Planning', tags: ['a'], fields: { 'Custom.Note': `is ${secret}` } });
  await tracker.move(permit, 7, { rev: 2, state: 'Planning' });
  await tracker.addComment(permit, 7, `is ${secret}`);
  await tracker.editComment(permit, 7, 3, `is ${secret}`);
  await tracker.createChild(permit, { type: 'Task', fields: { Title: `is ${secret}` }, tag: 'a' });
  await tracker.link(permit, 7, 2, 'https://code.example/4', `is ${secret}`);
  await tracker.me();
  const hidden = 'is [jvagent-redacted:CRM_TOKEN]';
  expect(calls).toEqual([
    ['move', permit, 7, { rev: 2, state: 'Planning', tags: ['a'], fields: { 'Custom.Note': hidden } }],
    ['move', permit, 7, { rev: 2, state: 'Planning' }],
    ['addComment', permit, 7, hidden],
    ['editComment', permit, 7, 3, hidden],
    ['createChild', permit, { type: 'Task', fields: { Title: hidden }, tag: 'a' }],
    ['link', permit, 7, 2, 'https://code.example/4', hidden],
    ['me'],
  ]);
});

test('no pull request, and no label or reviewer of one, holds a secret', async () => {
  const { calls, target } = recorder<CodeHost>();
  const draft = { branch: 'b', sha: 's', base: 'main', draft: true };
  const codeHost = hidingCodeHost(target, redact);
  await codeHost.open(permit, { ...draft, title: `is ${secret}`, body: `is ${secret}` });
  await codeHost.addLabel(permit, 4, `is ${secret}`);
  await codeHost.addReviewer(permit, 4, `is ${secret}`);
  const hidden = 'is [jvagent-redacted:CRM_TOKEN]';
  expect(calls).toEqual([
    ['open', permit, { ...draft, title: hidden, body: hidden }],
    ['addLabel', permit, 4, hidden],
    ['addReviewer', permit, 4, hidden],
  ]);
});

test('neither the last words of an engine nor the fault that ended it hold a secret', async () => {
  const refusal = refuse('OUTSIDE_REFUSED', `the provider answered 400: ${secret} is no image`);
  const ended: EngineEvent[] = [
    { kind: 'ended', outcome: 'error', why: `is ${secret}`, fault: { kind: 'refused', refusal } } as EngineEvent,
    { kind: 'ended', outcome: 'error', fault: { kind: 'too-long', why: `is ${secret}` } } as EngineEvent,
  ];
  const hiding = hidingEngine(
    engineOf(async function* () {
      yield* ended;
    }),
    redact,
  );
  const seen: EngineEvent[] = [];
  for await (const event of hiding.run({} as EngineRun)) seen.push(event);
  const early: EngineEvent[] = [];
  for await (const event of hiding.start({} as EngineRun).talk({ prompt: 'go' })) early.push(event);
  expect(early).toEqual(seen);
  expect(JSON.stringify(seen)).not.toContain(secret);
  expect(seen).toMatchObject([
    { why: 'is [jvagent-redacted:CRM_TOKEN]', fault: { kind: 'refused', refusal: { refused: 'OUTSIDE_REFUSED' } } },
    { fault: { kind: 'too-long' } },
  ]);
});
