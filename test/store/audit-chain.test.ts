import { expect, test } from 'vitest';
import {
  type AuditDraft,
  type AuditEntry,
  chain,
  emptyHead,
  exportLine,
  verifyChain,
} from '../../src/store/audit-chain.ts';

const draft: AuditDraft = {
  at: 1,
  agentId: 'codechange/acme',
  sessionId: 'wi-12',
  actor: 'platform',
  action: 'push',
  target: 'wi-12',
  argsDigest: 'd',
  configDigest: 'c',
  outcome: 'done',
};

function entries(count: number): AuditEntry[] {
  const made: AuditEntry[] = [];
  for (let n = 1; n <= count; n++) made.push(chain(made.at(-1) ?? emptyHead, { ...draft, at: n }));
  return made;
}

const headOf = (log: AuditEntry[]) => log.at(-1) ?? emptyHead;

test('a log as it was written holds, an empty one too', () => {
  const log = entries(3);
  expect(verifyChain(log, headOf(log))).toEqual({ ok: true });
  expect(verifyChain([], emptyHead)).toEqual({ ok: true });
});

test.each(Object.keys(draft))('an edited %s is found at its entry', (field) => {
  const log = entries(3);
  const edited = log.map((entry) => (entry.seq === 2 ? { ...entry, [field]: 'other' } : entry));
  expect(verifyChain(edited, headOf(log))).toMatchObject({ ok: false, brokenAt: 2 });
});

test('an edit that recomputes its own hash is found at the next entry', () => {
  const log = entries(3);
  const forged = chain(log[0] ?? emptyHead, { ...draft, outcome: 'refused' });
  expect(verifyChain(log.with(1, forged), headOf(log))).toMatchObject({ ok: false, brokenAt: 3 });
});

test('a removed entry is found where it is missing', () => {
  const log = entries(3);
  expect(verifyChain(log.toSpliced(1, 1), headOf(log))).toMatchObject({ ok: false, brokenAt: 2 });
  expect(verifyChain(log.slice(1), headOf(log))).toMatchObject({ ok: false, brokenAt: 1 });
});

test('a cut tail is found by the head, and so is one that was forged in its place', () => {
  const log = entries(3);
  expect(verifyChain(log.slice(0, 2), headOf(log))).toMatchObject({ ok: false, brokenAt: 3 });
  const forged = chain(log[1] ?? emptyHead, { ...draft, outcome: 'refused' });
  expect(verifyChain(log.with(2, forged), headOf(log))).toMatchObject({ ok: false, brokenAt: 3 });
  expect(verifyChain(log, log[1] ?? emptyHead)).toMatchObject({ ok: false, brokenAt: 3 });
});

test('exported lines verify elsewhere', () => {
  const log = entries(3);
  const lines = log.map(exportLine).join('').trimEnd().split('\n');
  const read = lines.map((line) => JSON.parse(line) as AuditEntry);
  expect(verifyChain(read, headOf(log))).toEqual({ ok: true });
});
