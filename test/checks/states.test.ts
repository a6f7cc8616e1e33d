import { expect, test } from 'vitest';
import { createStatesCheck } from '../../src/checks/states.ts';
import { codeChangeAgent } from '../turns/turn.ts';

const all = ['New', 'Planning', 'Plan Ready', 'Approved', 'In Progress', 'PR Created', 'Deployed'];
const [fresh, planning, planReady, approved, inProgress, prCreated, deployed] = all;
const stateMapping = { new: fresh, planning, planReady, approved, inProgress, prCreated, deployed };

/** The check of an agent over a project whose types have these states, and how often the project was asked. */
function checkOver(types: Record<string, string[]>, workItemTypes?: string[]) {
  let now = 0;
  let asked = 0;
  const agent = codeChangeAgent({ devops: { stateMapping, workItemTypes } });
  const stateNames = async () => {
    asked += 1;
    return new Map(Object.entries(types));
  };
  const check = createStatesCheck(agent, { stateNames }, { now: () => now });
  return { check, asked: () => asked, pass: (ms: number) => (now += ms) };
}

const lacking = all.filter((name) => name !== 'Approved');

test('a state that no type has is refused with agent, type, state and the existing states', async () => {
  const { check } = checkOver({ 'Test Case': ['Design'], Bug: lacking });
  const refusal = await check();
  expect(refusal?.refused).toBe('CONFIG_INVALID');
  expect(refusal?.why).toBe(
    'codechange/acme: the work item type "Bug" has no state "Approved" (devops.stateMapping.approved); its states are ' +
      '"New", "Planning", "Plan Ready", "In Progress", "PR Created", "Deployed"',
  );
  expect(refusal?.fix).toContain('devops.stateMapping');
});

test('without named types one type with all states is enough', async () => {
  expect(await checkOver({ 'Test Case': ['Design'], Bug: all }).check()).toBeUndefined();
});

test('each named type must have all states, whatever the case of its name', async () => {
  const types = { Bug: all, Task: lacking };
  expect(await checkOver(types, ['bug']).check()).toBeUndefined();
  expect((await checkOver(types, ['bug', 'task']).check())?.why).toContain('"Task" has no state "Approved"');
});

test('a named type that the project does not have is refused with those it has', async () => {
  const refusal = await checkOver({ Bug: all }, ['Bug', 'Story']).check();
  expect(refusal?.why).toBe('codechange/acme: the project has no work item type "Story"; it has "Bug"');
});

test('the project is asked once if all is well, and once a minute if not', async () => {
  const sound = checkOver({ Bug: all });
  const broken = checkOver({ Bug: lacking });
  for (const { check, pass } of [sound, broken]) {
    await check();
    pass(59_000);
    await check();
    pass(1_000);
    await check();
  }
  expect([sound.asked(), broken.asked()]).toEqual([1, 2]);
});
