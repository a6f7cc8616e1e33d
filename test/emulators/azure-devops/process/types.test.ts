import { expect, test } from 'vitest';
import { createWorld, set } from '../world.ts';

const { ask, patch, file } = await createWorld();
const types = 'AcmeImplementation/_apis/wit/workItemTypes';
const names = (list: { name: string }[]) => list.map(({ name }) => name);
const fieldsOf = async (id: number) => (await ask(`_apis/wit/workItems/${id}`)).json.fields;

test('types have other states than each other', async () => {
  const statesOf = async (type: string) => names((await ask(`${types}/${type}/states`)).json.value);
  expect(await statesOf('Bug')).toContain('Resolved');
  expect(await statesOf('Task')).not.toContain('Resolved');
  expect(await statesOf('Feature')).toEqual(['New', 'Active', 'Resolved', 'Closed', 'Removed']);
  expect(await statesOf('Issue')).toEqual(['To Do', 'Doing', 'Done']);
});

test('a work item begins in the first state of its type, and takes no state of another type', async () => {
  const id = await file('x', {}, 'Issue');
  expect(await fieldsOf(id)).toMatchObject({ 'System.State': 'To Do' });
  expect(await patch(id, [set('System.State', 'Planning')])).toMatchObject({
    status: 400,
    json: { typeKey: 'RuleValidationException' },
  });
});

test('the fields of a type come with their values and defaults if asked', async () => {
  const plain = (await ask(`${types}/Bug/fields`)).json.value;
  expect(names(plain)).toEqual(expect.arrayContaining(['Repro Steps', 'Severity', 'Story Points', 'Activity']));
  expect(plain[0]).not.toHaveProperty('allowedValues');
  const severity = (await ask(`${types}/Bug/fields/Microsoft.VSTS.Common.Severity?$expand=allowedValues`)).json;
  expect(severity).toMatchObject({
    referenceName: 'Microsoft.VSTS.Common.Severity',
    alwaysRequired: false,
    defaultValue: '3 - Medium',
    allowedValues: ['1 - Critical', '2 - High', '3 - Medium', '4 - Low'],
  });
  expect((await ask(`${types}/Task/fields/Microsoft.VSTS.Common.Severity`)).status).toBe(400);
  expect((await ask(`${types}/Task/fields/System.Title`)).json).toMatchObject({ alwaysRequired: true });
});

test('a new work item has the defaults of its type, and no value outside the list is taken', async () => {
  const id = await file('x');
  expect(await fieldsOf(id)).toMatchObject({
    'Microsoft.VSTS.Common.Priority': 2,
    'Microsoft.VSTS.Common.Severity': '3 - Medium',
    'Microsoft.VSTS.Common.ValueArea': 'Business',
  });
  expect(await fieldsOf(await file('x', {}, 'Task'))).not.toHaveProperty(['Microsoft.VSTS.Common.Severity']);
  const { status, json } = await patch(id, [set('Microsoft.VSTS.Common.Priority', 9)]);
  expect(status).toBe(400);
  expect(json.message).toBe("The field 'Priority' contains the value '9' that is not in the list of supported values");
});

test('categories name the types of each level of the backlog', async () => {
  const { value } = (await ask('AcmeImplementation/_apis/wit/workItemTypeCategories')).json;
  const requirement = value.find(
    ({ referenceName }: { referenceName: string }) => referenceName === 'Microsoft.RequirementCategory',
  );
  expect(requirement).toMatchObject({
    name: 'Requirement Category',
    workItemTypes: [{ name: 'Product Backlog Item' }, { name: 'User Story' }],
  });
});
