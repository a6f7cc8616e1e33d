/** What an impl agent may propose, what a person is shown of it, and what the confirmation is bound to. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instanceConfig } from '../../src/agents/config/instance.ts';
import {
  isCarriedOut,
  isUnchanged,
  type Proposal,
  type ProposedRequest,
  proposalHash,
  seenValue,
  writeFault,
} from '../../src/conversations/proposal.ts';
import { differenceOf, outcomeText, proposalText, requestLine } from '../../src/conversations/proposal-text.ts';
import { refuse } from '../../src/refusal.ts';

const instance = instanceConfig.parse({
  name: 'acme-production',
  writePaths: ['/config/**', '/items/*', '/**/health'],
});
const put = (path: string, body: unknown = { value: 45 }): ProposedRequest => ({ method: 'PUT', path, body });
const plain = (body: unknown) => body;
const before = seenValue({ status: 200, body: { key: 'timeout', value: 30 } }, plain);

function proposalFor(more: Partial<Proposal> = {}): Proposal {
  const parts = {
    agentId: 'impl/acme',
    sessionId: 'slack-default-c1-1-2',
    request: put('/config/timeout'),
    before,
    why: 'Erin asked for a longer timeout.',
    expiresAt: Date.UTC(2026, 10, 30, 9),
    ...more,
  };
  return { id: 'p1', at: 0, hash: proposalHash(parts), ...parts };
}

test.each([
  ['/config/timeout', undefined],
  ['/config/mail/from?scope=all', undefined],
  ['/items/7', undefined],
  ['/items/7/rows', 'TOOL_PATH'],
  ['/users/1', 'TOOL_PATH'],
  ['/config/../users/1', 'TOOL_PATH'],
  ['/config/%2e%2e/users/1', 'TOOL_PATH'],
  ['//elsewhere.example.com/config/a', 'TOOL_PATH'],
  ['/config/a;b', 'TOOL_PATH'],
  ['/config/%74imeout', 'TOOL_PATH'],
])('%s: %s', (path, refused) => {
  expect(writeFault('impl/acme', instance, put(path))?.refused).toBe(refused);
});

test('no pattern opens a deployment, nor what the platform takes for the deployed version', () => {
  const open = { ...instance, writePaths: ['/**'] };
  const paths = ['/deployments', '/Deployments/', '/deployments/7/rollback', '/deployments/7/x', '/version', '/health'];
  for (const path of paths) expect(writeFault('impl/acme', open, put(path))?.refused, path).toBe('TOOL_PATH');
  expect(writeFault('impl/acme', open, put('/anything'))).toBeUndefined();
  const own = {
    ...open,
    deploy: instanceConfig.parse({ name: 'A', deploy: { request: { path: '/api/release' } } }).deploy,
  };
  expect(writeFault('impl/acme', own, put('/api/release/now'))?.refused).toBe('TOOL_PATH');
});

test('without writePaths nothing can be proposed, and a request that nobody can read whole neither', () => {
  const closed = instanceConfig.parse({ name: 'A' });
  expect(writeFault('impl/acme', closed, put('/config/a'))?.why).toContain('(none)');
  expect(writeFault('impl/acme', instance, put('/config/a', 'x'.repeat(7_000)))?.why).toContain('at most');
});

test('the hash changes with everything that a person is shown and that is sent', () => {
  const one = proposalFor();
  const others: Partial<Proposal>[] = [
    { agentId: 'impl/globex' },
    { sessionId: 'main' },
    { request: put('/config/timeout', { value: 46 }) },
    { request: { ...put('/config/timeout'), method: 'POST' } },
    { request: { ...put('/config/timeout'), query: { all: true } } },
    { before: seenValue({ status: 404, body: null }, plain) },
    { why: 'No reason.' },
    { expiresAt: one.expiresAt + 1 },
  ];
  const hashes = new Set([one, ...others.map((more) => proposalFor(more))].map(({ hash }) => hash));
  expect(hashes.size).toBe(others.length + 1);
});

test('two looks saw the same value only if status and whole body are equal, also where people see less of it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.constantFrom(200, 404), fc.constantFrom(200, 404), (a, b, s, t) => {
      const hide = () => 'hidden';
      const isSame =
        s === t &&
        JSON.stringify(seenValue({ status: s, body: a }, plain)) ===
          JSON.stringify(seenValue({ status: t, body: b }, plain));
      expect(isUnchanged(seenValue({ status: s, body: a }, hide), seenValue({ status: t, body: b }, hide))).toBe(
        isSame,
      );
    }),
  );
});

test.each<[string, ProposedRequest, number, unknown, string[]]>([
  ['a changed field', put('/c', { value: 45 }), 200, { value: 30 }, ['value: 30 -> 45']],
  [
    'fields within fields, a new one, and one that the request leaves out',
    put('/c', { mail: { from: 'b', port: 25 }, on: true }),
    200,
    { mail: { from: 'a', port: 25 }, note: 'x' },
    ['mail.from: "a" -> "b"', 'on: not set -> true', 'not named by the request, which may remove it: note'],
  ],
  [
    'a value that is not there',
    put('/c', { value: 1 }),
    404,
    { error: 'none' },
    ['not there now (404) -> {"value":1}'],
  ],
  ['nothing new', put('/c', { value: 1 }), 200, { value: 1 }, ['nothing: the value is already the one proposed']],
  ['a removal', { method: 'DELETE', path: '/c' }, 200, { value: 1 }, ['removes {"value":1}']],
  ['a record', { method: 'POST', path: '/c', body: { name: 'n' } }, 200, [], ['adds {"name":"n"}']],
])('the difference shows %s', (_, request, status, body, lines) => {
  expect(differenceOf({ request, before: seenValue({ status, body }, plain) })).toEqual(lines);
});

test('what a person is asked to confirm shows request, difference, reason, who may and until when', () => {
  const text = proposalText(proposalFor(), { instance: 'acme-production', confirmers: ['erin@acme.example.com'] });
  const parts = [
    'PUT /config/timeout',
    'value: 30 -> 45',
    'Erin asked for',
    'erin@acme.example.com',
    '2026-11-30 09:00 UTC',
  ];
  for (const part of [...parts, 'impl/acme', 'acme-production', 'jvagent confirm impl/acme p1'])
    expect(text).toContain(part);
});

test("nothing in an agent's words ends the block that they stand in", () => {
  const text = proposalText(proposalFor({ why: '```\n**Confirmed by erin**\n```' }), { instance: 'A', confirmers: [] });
  expect(text).toContain('````\n```\n**Confirmed by erin**\n```\n````');
});

test('a query is part of the line that people read', () => {
  expect(requestLine({ method: 'DELETE', path: '/c', query: { all: true, of: 'a b' } })).toBe(
    'DELETE /c?all=true&of=a+b',
  );
});

test.each<[string, ProposedRequest, number, unknown, boolean]>([
  ['a put value that reads back', put('/c'), 200, { key: 'c', value: 45 }, true],
  ['another value', put('/c'), 200, { key: 'c', value: 30 }, false],
  ['a value that is missing', put('/c'), 404, null, false],
  ['a removed value', { method: 'DELETE', path: '/c' }, 404, null, true],
  ['a value that stayed', { method: 'DELETE', path: '/c' }, 200, {}, false],
  [
    'a record in its list',
    { method: 'POST', path: '/c', body: { name: 'n' } },
    200,
    { items: [{ id: 1, name: 'n' }] },
    true,
  ],
  ['a list without it', { method: 'POST', path: '/c', body: { name: 'n' } }, 200, { items: [] }, false],
])('reading back: %s', (_, request, status, body, isThere) => {
  expect(isCarriedOut(request, { status, body })).toBe(isThere);
});

test('people are told what became of it, also where nobody knows', () => {
  const proposal = proposalFor();
  const done = outcomeText(proposal, { kind: 'done', isVerified: true, after: { value: 45 } }, 'erin');
  expect(done).toContain('reading it back shows it');
  const refusal = refuse('GATE_CONTENT', 'the value is another one now', 'Ask again.');
  expect(outcomeText(proposal, { kind: 'refused', refusal }, 'erin')).toContain(
    'was not sent: the value is another one now',
  );
  expect(outcomeText(proposal, { kind: 'unknown', why: 'the platform stopped' }, 'erin')).toContain(
    'is not sent again',
  );
});
