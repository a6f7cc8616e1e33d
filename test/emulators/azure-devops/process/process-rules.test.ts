import { afterEach, expect, test } from 'vitest';
import type { ProcessRule } from '../../../../emulators/azure-devops/model.ts';
import { createWorld, patchType, set } from '../world.ts';

const { emulator, ask, patch, file } = await createWorld();
const tenant = emulator.tenant('acme');
const rules = (...list: ProcessRule[]) => {
  tenant.rules = list;
};
afterEach(() => rules());

test('a field can be required in a state, and the answer names every field that is missing', async () => {
  const id = await file('x');
  rules(
    { kind: 'required', field: 'Custom.Risk', states: ['Approved'], types: ['Bug'] },
    { kind: 'required', field: 'System.AssignedTo', states: ['Approved'] },
  );
  expect((await patch(id, [set('System.State', 'Planning')])).status).toBe(200);
  const { status, json } = await patch(id, [set('System.State', 'Approved')]);
  expect(status).toBe(400);
  expect(json).toMatchObject({
    typeKey: 'RuleValidationException',
    message: 'TF401320: Rule Error for field Custom.Risk. Error code: Required, InvalidEmpty.',
    customProperties: {
      RuleValidationErrors: [
        { fieldReferenceName: 'Custom.Risk', fieldStatusFlags: 'required, invalidEmpty' },
        { fieldReferenceName: 'System.AssignedTo' },
      ],
    },
  });
  const filled = [set('System.State', 'Approved'), set('Custom.Risk', 'low'), set('System.AssignedTo', 'Ada Agent')];
  expect((await patch(id, filled)).status).toBe(200);
});

test('a move can be kept for the members of a group', async () => {
  const id = await file('x');
  rules({ kind: 'transition', to: 'Approved', except: ['Release approvers'] });
  const approve = (pat: string) => patch(id, [set('System.State', 'Approved')], { pat });
  expect(await approve('acme-agent')).toMatchObject({ status: 400, json: { typeKey: 'RuleValidationException' } });
  expect((await approve('acme-engineer')).status).toBe(200);
});

test('a field can be read-only', async () => {
  const id = await file('x');
  rules({ kind: 'readOnly', field: 'System.Tags', except: ['eli@acme.test'] });
  const tag = (pat: string) => patch(id, [set('System.Tags', 'a')], { pat });
  expect((await tag('acme-agent')).json.message).toBe(
    "TF401326: Invalid field status 'ReadOnly' for field 'System.Tags'.",
  );
  expect((await tag('acme-engineer')).status).toBe(200);
});

test('bypassRules goes past the rules, and validateOnly keeps to them and stores nothing', async () => {
  const id = await file('x');
  rules({ kind: 'required', field: 'Custom.Risk' });
  const title = [set('System.Title', 'y')];
  expect((await patch(id, title, { query: 'validateOnly=true' })).status).toBe(400);
  expect((await patch(id, title, { query: 'bypassRules=true&validateOnly=true' })).status).toBe(200);
  expect((await ask(`_apis/wit/workItems/${id}`)).json).toMatchObject({ rev: 1, fields: { 'System.Title': 'x' } });
  const count = tenant.items().length;
  const body = [set('System.Title', 'z'), set('Custom.Risk', 'low')];
  const path = `AcmeImplementation/_apis/wit/workItems/$Bug?validateOnly=true`;
  expect((await ask(path, { method: 'POST', type: patchType, body })).status).toBe(200);
  expect(tenant.items()).toHaveLength(count);
});
