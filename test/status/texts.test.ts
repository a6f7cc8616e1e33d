import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codes, refuse } from '../../src/refusal.ts';
import { statusComment, statusPost } from '../../src/status/texts.ts';
import { newWorkItem } from '../../src/work-items/work-item.ts';
import { deploying, inReview, planReady, statusNames, withCommit } from '../work-items/fixture.ts';

const at = Date.UTC(2026, 10, 20, 10, 3);
const comment = (item: Parameters<typeof statusComment>[0]) => statusComment(item, statusNames);

test('it says the phase, since when, what it waits for, the last refusal with its fix, and the pull request', () => {
  const text = comment({ ...inReview, since: at, refusal: refuse('GATE_ACTOR', 'Rob is not an approver', 'Ask Eve.') });
  expect(text.split('\n\n')).toEqual([
    '**pr-created** since 2026-11-20 10:03 UTC',
    'Waits for people to review and merge the pull request.',
    'GATE_ACTOR: Rob is not an approver.',
    'Ask Eve.',
    'Pull request: https://code.example/4',
  ]);
});

test('a plan says who may approve it, and how', () => {
  expect(comment(planReady)).toContain('`eve@acme.example` must set the state to "Approved"');
  expect(comment(planReady)).toContain('set it to "Rejected"');
});

test('it says what a second look at the change warns of', () => {
  const warnings = [{ kind: 'scope', where: 'src/a.js', quote: 'delete x' }] as const;
  expect(comment(withCommit(inReview, { warnings }))).toContain(
    '- **Goes beyond the work item**, in src/a.js: "delete x"',
  );
  expect(comment(inReview)).not.toContain('second look');
});

test('why it rests comes before an older refusal, with real names in its commands', () => {
  const restsFor = refuse('HOLD', 'the instance has been on hold');
  const text = comment({ ...deploying, restsFor, refusal: refuse('GATE_ACTOR', 'old') });
  expect(text).toContain('HOLD: the instance has been on hold.');
  expect(text).toContain('`jvagent release codechange/acme`');
  expect(text).not.toContain('GATE_ACTOR');
});

test('an end names its retry, and no old reason to rest', () => {
  const refusal = refuse('ATTEMPTS', '3 turns ended without their product');
  const text = comment({ ...inReview, phase: 'failed', refusal, restsFor: refuse('BUDGET_DAY', 'old') });
  expect(text).toContain('`jvagent retry codechange/acme 12`');
  expect(text).not.toContain('BUDGET_DAY');
});

test('no fix names a command of one work item without its agent and number', () => {
  const folders = ['src/work-items', 'src/turns'].map((folder) => join(import.meta.dirname, '../..', folder));
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  const texts = [...files.map((file) => readFileSync(file, 'utf8')), ...Object.values(codes)];
  const bare = texts.flatMap((text) => text.match(/`jvagent (retry|cancel|rollback)`/g) ?? []);
  expect(files.length).toBeGreaterThan(50);
  expect(bare).toEqual([]);
});

test('a chat is told the phase, what it waits for and the reason, and obeys nothing in it', () => {
  const title = 'Ping <!channel> and @all, see <https://evil.example|the plan>';
  const refusal = refuse('GATE_ACTOR', 'Rob <@U1> is not an approver');
  const post = statusPost({ ...inReview, title, refusal }, statusNames) ?? '';
  expect(post).toMatch(/^Work item 12, .*: pr-created\.\nWaits for people to review/);
  expect(post).toContain('GATE_ACTOR: Rob');
  expect(post).not.toMatch(/<[!@h]|@all|https:\/\/evil/);
  expect(statusPost(newWorkItem(12, 'a', 'Bug'), statusNames)).toBeUndefined();
});
