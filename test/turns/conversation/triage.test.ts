/** How overheard messages are sorted; the model is a text, and no engine starts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import { heardIn } from '../../../src/conversations/heard.ts';
import type { EngineEvent, EngineRun, Outcome } from '../../../src/engine/engine.ts';
import type { LogEntry, WorkerSetup } from '../../../src/ipc/protocol.ts';
import { limits } from '../../../src/limits.ts';
import { type Refusal, refuse } from '../../../src/refusal.ts';
import { triage } from '../../../src/turns/conversation/triage.ts';
import { beginTurn } from '../../../src/turns/turn.ts';
import { only } from '../../only.ts';
import { engineOf } from '../engine.ts';
import { conversationAgent, orderFor, supervisorOf, workerParts } from '../turn.ts';

interface Scene {
  /** The model's last text. */
  text: string;
  outcome?: Outcome;
  claim?: { claimed: boolean; by?: string } | Refusal;
  overheard?: Record<string, number>;
  texts?: string[];
}

async function sort({ text, outcome = 'done', texts = ['The login page is down.', 'Lunch?'], ...more }: Scene) {
  const runFolder = mkdtempSync(join(tmpdir(), 'turn-'));
  onTestFinished(() => rmSync(runFolder, { recursive: true }));
  const asked: EngineRun[] = [];
  const log: LogEntry[] = [];
  const claimed: string[] = [];
  const { supervisor } = supervisorOf({
    record: ({ entries }) => void log.push(...entries),
    claim({ messageId }) {
      claimed.push(messageId);
      return more.claim ?? { claimed: true };
    },
  });
  const id = 'support/docs' as AgentId;
  const agent = conversationAgent({
    id,
    ancestry: ['support' as AgentId, id],
    prompts: { 'support/triage.md': 'Act on outages.', [`${id}/heartbeat.md`]: 'Look around.' },
  });
  const worker = workerParts(agent, { supervisor, setup: only<WorkerSetup>('setup', { runFolder }) });
  const order = orderFor('main', more.overheard ? { overheard: more.overheard } : {});
  const turn = beginTurn(worker, order, new AbortController().signal);
  const engine = engineOf(async function* (wanted: EngineRun): AsyncIterable<EngineEvent> {
    asked.push(wanted);
    yield { kind: 'ended', outcome, text, usd: 0, tokens: { input: 0, cached: 0, output: 0 } };
  });
  const heard = heardIn(
    texts.map((said, at) => ({
      ...{ id: `m${at + 1}`, to: `agent/${id}`, from: 'slack/default/C1', command: 'slack.ambient', at: 1 },
      payload: { app: 'default', channel: 'C1', ts: `2.${at + 1}`, user: 'U1', userName: 'Erin', text: said },
    })),
    'slack.ambient',
  );
  await triage(turn, { engine, exhausted: () => undefined }, heard);
  return { asked, claimed, log: log.map(({ kind, text: line }) => `${kind}: ${line}`) };
}

const verdict = (id: number, decision: string, reason = 'as I see it') => ({ id, decision, reason });

test('one call of the cheap model without any tools sorts a batch, by the nearest triage text', async () => {
  const list = [verdict(1, 'act', 'an outage'), verdict(2, 'ignore', 'small talk')];
  const { asked, claimed, log } = await sort({ text: JSON.stringify(list) });
  expect(asked).toHaveLength(1);
  const [{ model, tools, builtinTools, tree, systemPrompt, prompt } = only<EngineRun>('run')] = asked;
  expect({ model, tools, builtinTools, tree }).toEqual({
    ...{ model: conversationAgent().triageModel.id, tools: [], builtinTools: [], tree: undefined },
  });
  expect(systemPrompt).toContain('Act on outages.');
  expect(prompt).toMatch(/<<<data ([0-9a-f]{12}) message 1 of Erin \(U1\) in C1, [^\n]+\nThe login page is down\.\n/);
  expect(prompt).toMatch(/Answer with a JSON array[^\n]+$/);
  expect(claimed).toEqual(['m1']);
  expect(log).toEqual([
    'claimed: Erin (U1) in C1: The login page is down. (an outage)',
    'ignored: Erin (U1) in C1: Lunch? (small talk)',
  ]);
});

test('a list in a block of code is a list', async () => {
  const { claimed } = await sort({ text: `\`\`\`json\n${JSON.stringify([verdict(1, 'act')])}\n\`\`\`` });
  expect(claimed).toEqual(['m1']);
});

test('without a list that fits, everything is ignored, and the log says why', async () => {
  const act = verdict(1, 'act');
  const broken: [string, Outcome?][] = [
    ['I would act on the first one.'],
    [JSON.stringify({ 1: 'act' })],
    [JSON.stringify([{ ...act, channel: 'C2' }])],
    [JSON.stringify([{ id: 1, decision: 'approve', reason: 'x' }])],
    [`Sure! ${JSON.stringify([act])}`],
    [JSON.stringify([act]), 'timed-out'],
    [JSON.stringify([act]), 'error'],
  ];
  for (const [text, outcome = 'done'] of broken) {
    const { claimed, log } = await sort({ text, outcome });
    expect(claimed, text).toEqual([]);
    expect(log, text).toHaveLength(2);
    expect(log[0]).toMatch(/^ignored: .*\((the model gave no list|the model was not asked: (timed-out|error) )\)$/);
  }
});

test('a message that is judged twice or not at all is ignored', async () => {
  const list = [verdict(1, 'act'), verdict(1, 'ignore'), verdict(7, 'act')];
  const { claimed, log } = await sort({ text: JSON.stringify(list) });
  expect(claimed).toEqual([]);
  expect(log.every((line) => line.includes('the model did not judge it'))).toBe(true);
});

test('what another agent has taken is left to it', async () => {
  const text = JSON.stringify([verdict(1, 'act')]);
  const taken = await sort({ text, claim: { claimed: false, by: 'impl/acme' } });
  expect(taken.log[0]).toContain('(impl/acme has taken it)');
  const refused = await sort({ text, claim: refuse('PAUSED', 'docs is paused') });
  expect(refused.log[0]).toContain('ignored:');
  expect(refused.log[0]).toContain('PAUSED');
});

test('a channel in which very much is said costs no more calls within the hour', async () => {
  const { asked, log } = await sort({ text: '[]', overheard: { C1: limits.triagePerHourMax + 1 } });
  expect(asked).toEqual([]);
  expect(log).toHaveLength(2);
  expect(log[0]).toContain('within an hour');
});
