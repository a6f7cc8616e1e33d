import { expect, test } from 'vitest';
import { checkBoard, createBoardCheck } from '../../src/checks/board-fit.ts';
import { stateFaults } from '../../src/checks/states.ts';
import { codeChangeAgent } from '../turns/turn.ts';

const all = ['New', 'Planning', 'Plan Ready', 'Approved', 'In Progress', 'PR Created', 'Deployed'];
const [fresh, planning, planReady, approved, inProgress, prCreated, deployed] = all;
const stateMapping = { new: fresh, planning, planReady, approved, inProgress, prCreated, deployed };

/** The check of an agent over a project whose types have these states, and how often the project was asked. */
function checkOver(types: Record<string, string[]>, devops: Record<string, unknown> = {}) {
  let now = 0;
  let asked = 0;
  const agent = codeChangeAgent({ devops: { stateMapping, ...devops } });
  const stateNames = async () => {
    asked += 1;
    return new Map(Object.entries(types));
  };
  const tracker = { stateNames, areas: async () => ['Acme', 'Acme\\Web', 'Acme\\Website', 'Acme\\Mail'] };
  const check = createBoardCheck(agent, tracker, { now: () => now });
  const told = () => stateFaults(agent, new Map(Object.entries(types)));
  return { agent, tracker, told, check, asked: () => asked, pass: (ms: number) => (now += ms) };
}

const without = (...names: string[]) => all.filter((name) => !names.includes(name));

test('a state that no type has is refused with agent, type, state and the existing states', async () => {
  const { check } = checkOver({ 'Test Case': ['Design'], Bug: without('Approved') });
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

test('without named types, a type in which work would start and then stick is a warning that names the types to list', () => {
  const [found, ...others] = checkOver({ Bug: all, Feature: ['New', 'Active'], 'Test Case': ['Design'] }).told();
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    status: 'warn',
    what: expect.stringContaining('"Feature" has no state "Planning"'),
    fix: 'Set devops.workItemTypes in codechange/acme/jvAgent.json to types that have every state: "Bug".',
  });
});

test('each named type must have all states, whatever the case of its name', async () => {
  const types = { Bug: all, Task: without('Approved') };
  expect(await checkOver(types, { workItemTypes: ['bug'] }).check()).toBeUndefined();
  expect((await checkOver(types, { workItemTypes: ['bug', 'task'] }).check())?.why).toContain(
    '"Task" has no state "Approved"',
  );
});

test('everything that the board lacks is told at once: types, states of each type, the area', async () => {
  const types = { Bug: without('Approved'), Task: without('Planning') };
  const { check } = checkOver(types, { workItemTypes: ['Bug', 'Story', 'Task'], areaPath: 'Acme\\Wab' });
  const why = (await check())?.why ?? '';
  expect(why).toContain('"Bug" has no state "Approved"');
  expect(why).toContain('the project has no work item type "Story"; it has "Bug", "Task"');
  expect(why).toContain('"Task" has no state "Planning"');
  expect(why).toContain('no area "Acme\\Wab" (devops.areaPath); its areas are "Acme\\Web", "Acme\\Website"');
});

test('an area is found whatever its case and stray backslashes', async () => {
  const { agent, tracker } = checkOver({ Bug: all }, { areaPath: '\\acme\\WEB\\' });
  expect(await checkBoard(agent, tracker)).toBeUndefined();
});

test('the project is asked once if all is well, and once a minute if not', async () => {
  const sound = checkOver({ Bug: all });
  const broken = checkOver({ Bug: without('Approved') });
  for (const { check, pass } of [sound, broken]) {
    await check();
    pass(59_000);
    await check();
    pass(1_000);
    await check();
  }
  expect([sound.asked(), broken.asked()]).toEqual([1, 2]);
});
