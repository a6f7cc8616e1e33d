/** A small stored session: what a model said and did, the results, and what people decided. */
import { refuse } from '../../../src/refusal.ts';
import type { LogEntry } from '../../../src/store/session-log.ts';

const sha = '3f2a1b4c5d6e7f8091a2b3c4d5e6f708192a3b4c';
const at = Date.UTC(2026, 10, 20, 12, 0, 0);

const outOfPlan = refuse('OUT_OF_PLAN', 'lib/other.js is not in the plan', 'Hand in a plan that names it.');
const source = Array.from({ length: 30 }, (_, line) => `${line + 1}\tconst rule${line} = 'one of many rules';`).join(
  '\n',
);

const entries: Omit<LogEntry, 'at'>[] = [
  { kind: 'phase', text: 'planning' },
  { kind: 'effect', text: 'wi-12 claim-plan 1: done' },
  { kind: 'thinking', text: 'The keys are not guarded.' },
  { kind: 'text', text: 'I read the code first.\n\nThen I plan.' },
  { kind: 'tool-call', tool: 'Read', input: { file_path: 'index.js' } },
  { kind: 'tool-result', tool: 'Read', result: source },
  { kind: 'tool-call', tool: 'mcp__jv__azdo', input: { action: 'get' } },
  {
    kind: 'tool-result',
    tool: 'mcp__jv__azdo',
    result: '{"id":12,"fields":{"Title":"Guard keys","Tags":["jvagent","bug"]},"isBlocked":false,"comments":[]}',
  },
  {
    kind: 'tool-call',
    tool: 'mcp__jv__submit-plan',
    input: { files: [{ path: 'index.js', change: 'edit' }], summary: 'Guard the keys' },
  },
  { kind: 'effect', text: 'wi-12 post-plan 825c2c123b1e#1: done' },
  { kind: 'phase', text: 'plan-ready' },
  {
    kind: 'refused',
    text: 'the approval by Agent Acme (agent@example.com)',
    result: refuse('GATE_ACTOR', 'the state was set by the agent identity Agent Acme', 'A person must approve it.'),
  },
  { kind: 'decision', text: 'Erin Engineer (erin@example.com) approved the plan' },
  { kind: 'phase', text: 'executing' },
  { kind: 'tool-call', tool: 'mcp__jv__git-ops', input: { action: 'commit', message: 'fix: guard keys (#12)' } },
  {
    kind: 'refused',
    tool: 'git-ops',
    input: { action: 'commit', message: 'fix: guard keys (#12)' },
    result: outOfPlan,
  },
  {
    kind: 'tool-result',
    tool: 'mcp__jv__git-ops',
    result: JSON.stringify(outOfPlan),
  },
  { kind: 'tool-call', tool: 'Bash', input: { command: 'node test.js', description: 'Run the tests' } },
  { kind: 'tool-error', tool: 'Bash', result: 'Exit code 1\nAssertionError: expected 1 to be 2' },
  { kind: 'warning', text: 'work on without the folder ~/docs: it does not exist' },
  { kind: 'effect', text: `wi-12 test ${sha}#1: done` },
  { kind: 'effect', text: `wi-12 push feature/acme-12@${sha}: later: OUTSIDE_UNREACHABLE, the remote did not answer` },
  { kind: 'effect', text: `wi-12 push feature/acme-12@${sha}: done` },
  { kind: 'effect', text: `wi-12 open-pr feature/acme-12@${sha}#1: refused: BASE_BRANCH, main is not the base` },
  { kind: 'waits', text: 'PAUSED: the platform is paused. Run `jvagent resume`.' },
  { kind: 'question', text: 'person/erin: which rule holds for keys?' },
  { kind: 'reply', text: 'The first one.' },
  { kind: 'memory', text: 'notes.md, 120 characters' },
  { kind: 'turn-ended', text: 'succeeded: done', result: { outcome: 'succeeded' } },
];

/** One second after another. */
export const recorded: LogEntry[] = entries.map((entry, index) => ({ at: at + index * 1_000, ...entry }));
