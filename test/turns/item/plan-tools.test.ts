/** What a plan and a question may say, since people read them on the tile. */
import { expect, test } from 'vitest';
import { createRedact } from '../../../src/base/redact.ts';
import type { GitWork } from '../../../src/turns/item/git-commit.ts';
import { createPlanTools } from '../../../src/turns/item/plan-tools.ts';
import type { TurnBinding } from '../../../src/turns/item/run-turn.ts';
import { turnOf } from '../../tools/turn.ts';
import { base, plan, tileIn } from '../../work-items/fixture.ts';

const mark = '[jvagent-redacted:CRM_TOKEN]';

function handIn() {
  const binding = { phase: 'planning', tree: { sha: base }, tile: tileIn('Planning'), product: {} } as TurnBinding;
  const redact = createRedact([{ name: 'CRM_TOKEN', value: 'acmecorp-token' }]);
  const work = { repository: { exists: async () => true }, redact } as unknown as GitWork;
  const tools = createPlanTools(binding, work);
  const call = (name: string, input: unknown) =>
    tools.find((tool) => tool.name === name)?.execute(input as never, turnOf({ kind: 'planning' }));
  return { binding, call };
}

test('a plan is handed in as people may read it: of a secret in its words its mark is left', async () => {
  const { binding, call } = handIn();
  const files = [{ path: 'customers/acmecorp.js', change: 'edit' }];
  await call('submit-plan', { ...plan, files, summary: 'Use acmecorp-token.', steps: ['Put acmecorp-token there.'] });
  expect(binding.product.event).toMatchObject({
    kind: 'plan-submitted',
    plan: { files, summary: `Use ${mark}.`, steps: [`Put ${mark} there.`] },
  });
});

test('a plan that names a file in whose path a secret stands is refused with the name of that secret', async () => {
  const { binding, call } = handIn();
  const files = [{ path: 'customers/acmecorp-token.js', change: 'edit' }];
  expect(await call('submit-plan', { ...plan, files })).toMatchObject({
    refused: 'TOOL_PATH',
    why: expect.stringContaining(`customers/${mark}.js`),
  });
  expect(binding.product.event).toBeUndefined();
});

test('a question is asked without the secret in it', async () => {
  const { binding, call } = handIn();
  await call('ask', { question: 'Is acmecorp-token right?' });
  expect(binding.product.event).toEqual({ kind: 'question-asked', question: `Is ${mark} right?` });
});
