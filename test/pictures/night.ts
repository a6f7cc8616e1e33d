/** Three customers at night, as the pictures of the dashboard show them: made by the lifecycle, hour by hour, without a board or a model. */
import { join } from 'node:path';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { type Refusal, refuse } from '../../src/refusal.ts';
import { turnKeyOf } from '../../src/store/fence.ts';
import type { LifecycleEvent } from '../../src/work-items/lifecycle/events.ts';
import { writePlan } from '../../src/work-items/plan.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';
import { granted, openTestStore, rules } from '../store/fixture.ts';

const customers = ['acme', 'globex', 'initech'];
const erin = { id: 'erin-id', name: 'Erin Engineer', mail: 'erin@yourorg.example' };
const minuteMs = 60_000;

const planOf = (id: number) =>
  writePlan(
    id,
    {
      summary:
        'An empty key in a pointer makes `get` throw. It shall answer **undefined**, as it does for a missing key.',
      steps: ['Answer undefined for an empty key in `get`.', 'Add a test with an empty key, first and last.'],
      files: [
        { path: 'pointer.js', change: 'edit' },
        { path: 'test/pointer.test.js', change: 'edit' },
      ],
      tests: ['The new test fails without the change.', '`npm test` passes.'],
      risks: 'Callers that catch the error see undefined now. There are none in this repository.',
      rollback: '',
    },
    { outOfPlan: 'block', targetBranch: 'customer/acme', instance: { name: 'Acme Corp', mode: 'push' } },
  );

const sha = (letter: string) => letter.repeat(40);

export async function startNight() {
  const { store, clock } = await openTestStore();
  const config = (name: string) => ({
    ...customerConfig(name, { heartbeat: '*/5 * * * *' }),
    devops: { ...customerConfig(name).devops, approvers: [erin.mail] },
  });
  const { root } = createWorkspace(
    Object.fromEntries(customers.map((name) => [`codechange/${name}/jvAgent.json`, config(name)])),
  );
  const agents = createAgentStore({ root });
  agents.refresh();

  /** Works on an item for some minutes a step; `says` goes into its log. */
  async function begin(customer: string, workItemId: number, title: string) {
    const session = { agentId: `codechange/${customer}`, sessionId: `wi-${workItemId}` };
    await store.sessions.ensure(session);
    const lease = { owner: `night-${workItemId}`, leaseMs: 24 * 60 * minuteMs, batchMax: 1 };
    const turn = turnKeyOf(granted(await store.sessions.claim({ ...session, ...lease })));
    const step = async (minutes: number, event: LifecycleEvent) => {
      clock.time += minutes * minuteMs;
      const stateMapping = { approved: 'Approved' };
      return granted(await store.items.apply({ ...turn, event, rules, stateMapping }));
    };
    const says = (kind: string, more: object) => store.log.append(session, [{ at: clock.time, kind, ...more }]);
    await step(2, { kind: 'found', title, type: 'Bug' });
    await says('text', { text: 'I look for the place where a key is read.' });
    await says('tool-call', { tool: 'Grep', input: { pattern: 'split\\(', path: 'pointer.js' } });
    await says('tool-result', { tool: 'Grep', result: 'pointer.js:12:  const keys = pointer.split("/");' });
    await says('tool-call', { tool: 'Read', input: { file_path: 'pointer.js' } });
    await says('tool-result', {
      tool: 'Read',
      result:
        'export function get(object, pointer) {\n  const keys = pointer.split("/");\n  return keys.reduce(step, object);\n}',
    });
    const usage = { usd: 0.42, tokens: { input: 18_204, cached: 143_902, output: 3_120 }, turns: 1 };
    await store.usage.add(session, usage);
    return {
      step,
      says,
      plan: () => step(6, { kind: 'plan-submitted', ...planOf(workItemId), baseSha: sha('b'), contentHash: 'content' }),
      approve: (minutes: number) =>
        step(minutes, {
          kind: 'approved',
          approval: { rev: 7, by: erin, at: clock.time + minutes * minuteMs },
          branch: `feature/${customer}-${workItemId}`,
        }),
      rest: () => store.sessions.release({ ...turn, end: 'rested' }),
      retryIn: (minutes: number, why: Refusal) =>
        store.sessions.release({ ...turn, end: 'rested', wakeAt: clock.time + minutes * minuteMs, why }),
    };
  }

  const cancelled = await begin('acme', 4310, 'Timeout of the nightly export');
  await cancelled.step(9, { kind: 'cancelled-by', by: erin.mail, rev: 5 });
  await cancelled.rest();
  const waiting = await begin('acme', 4312, 'An empty key of a pointer throws');
  await waiting.plan();
  await waiting.rest();
  const asking = await begin('globex', 871, 'The invoice page shows the day before');
  await asking.step(4, {
    kind: 'question-asked',
    question: 'Which time zone shall an invoice without a country have?',
  });
  await asking.rest();
  const failed = await begin('initech', 59, 'The export fails over 10,000 rows');
  await failed.plan();
  await failed.approve(35);
  const tests = 'the tests of the repository failed three times: 1 of 214 fails, `export.test.js`';
  await failed.step(41, {
    kind: 'gave-up',
    refusal: refuse('ATTEMPTS', tests, 'Read its log, then run `jvagent retry codechange/initech 59`.'),
  });
  await failed.rest();
  const delayed = await begin('initech', 61, 'The search finds deleted orders');
  await delayed.retryIn(
    70,
    refuse('OUTSIDE_UNREACHABLE', 'dev.azure.com did not answer', 'Nothing to do: it is tried again.'),
  );
  const running = await begin('globex', 874, 'Sort the list of customers by name');
  await running.plan();
  await running.approve(48);
  clock.time += 3 * minuteMs;
  await running.says('phase', { text: 'executing' });
  await running.says('text', { text: 'The plan is approved. I change `pointer.js` first, then its test.' });
  await running.says('tool-call', {
    tool: 'Edit',
    input: { file_path: 'pointer.js', old_string: 'keys.reduce', new_string: 'own(keys).reduce' },
  });
  await running.says('tool-result', { tool: 'Edit', result: 'The file pointer.js has been updated.' });
  await running.says('refused', {
    tool: 'git-ops',
    input: { action: 'commit', message: 'fix: empty keys' },
    result: refuse(
      'OUT_OF_PLAN',
      'README.md is not in the approved plan',
      'Take it out of the commit, or submit a revised plan.',
    ),
  });
  await running.says('text', { text: 'README.md is not in the plan, so I leave it as it was.' });
  clock.time += 2 * minuteMs;
  for (const name of customers)
    await store.agents.set(`codechange/${name}`, { lastHeartbeatAt: clock.time - minuteMs });
  return { store, agents, clock, stateFolder: join(root, '.jvagent') };
}
