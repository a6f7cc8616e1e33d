/** What a plan and a question may say, since people read them on the tile. */
import { expect, test } from 'vitest';
import { createSubmitPlanTool } from '../../../../src/tools/shipped/submit-plan.ts';
import type { Drive } from '../../../../src/turns/item/drive-item.ts';
import { planTools } from '../../../../src/turns/item/tools/plan-tools.ts';
import type { Round } from '../../../../src/turns/item/turn.ts';
import { only } from '../../../only.ts';
import { turnOf } from '../../../tools/turn.ts';
import { base, bounds, plan, tileIn } from '../../../work-items/fixture.ts';
import { createWorld } from '../../../work-items/ports.ts';
import { codeChangeAgent, connectionsTo, itemTurn, treeAt } from '../../turn.ts';

const mark = '[jvagent-redacted:CRM_TOKEN]';

function handIn(agent = codeChangeAgent()) {
  const drive = only<Drive>('drive');
  const tree = treeAt(base);
  const round: Round = { phase: 'planning', tree, tile: tileIn('Planning'), drive, dependencies: 'off', product: {} };
  const turn = itemTurn({
    agent,
    connections: connectionsTo(createWorld(), { repository: { exists: async () => true } }),
    parts: { hidden: [{ name: 'CRM_TOKEN', value: 'acmecorp-token' }] },
  });
  const tools = planTools({ turn, tree, drive, added: new Set() }, round);
  const call = (name: string, input: unknown) =>
    tools.find((tool) => tool.name === name)?.execute(input as never, turnOf({ kind: 'planning' }));
  return { product: round.product, call };
}

test('a submitted plan is safe for people: a secret in its words becomes a mark', async () => {
  const { product, call } = handIn();
  const files = [{ path: 'customers/acmecorp.js', change: 'edit' }];
  await call('submit-plan', { ...plan, files, summary: 'Use acmecorp-token.', steps: ['Put acmecorp-token there.'] });
  expect(product.event).toMatchObject({
    kind: 'plan-submitted',
    plan: { files, summary: `Use ${mark}.`, steps: [`Put ${mark} there.`] },
  });
});

test("a plan names the bounds that the agent's files set, beside the model's words", async () => {
  const textOf = async (blocks: Parameters<typeof codeChangeAgent>[0]) => {
    const { product, call } = handIn(codeChangeAgent(blocks));
    await call('submit-plan', { ...plan, files: plan.files.slice(0, 1) });
    return product.event?.kind === 'plan-submitted' ? product.event.text : '';
  };
  const { instance } = codeChangeAgent();
  const usual = await textOf({});
  expect(usual).toContain('- No other file:');
  expect(usual).toContain('pull request to `customer/acme`');
  expect(usual).toContain(`\`${instance?.name}\`, which the platform deploys`);
  expect(await textOf({ approval: { outOfPlan: 'warn' } })).toContain('- Other files may change too');
  expect(await textOf({ instance: { deploy: { mode: 'observe' } } })).toContain('your own pipeline deploys');
  expect(await textOf({ instance: { deploy: { mode: 'off' } } })).toContain('the platform deploys nothing');
});

test('a plan that names a path with a secret is refused with the name of that secret', async () => {
  const { product, call } = handIn();
  const files = [{ path: 'customers/acmecorp-token.js', change: 'edit' }];
  expect(await call('submit-plan', { ...plan, files })).toMatchObject({
    refused: 'TOOL_PATH',
    why: expect.stringContaining(`customers/${mark}.js`),
  });
  expect(product.event).toBeUndefined();
});

test('a plan that is too long to be posted is refused with both lengths', () => {
  const { schema } = createSubmitPlanTool(bounds, async () => undefined);
  const steps = (words: number) => Array.from({ length: 50 }, () => 'word '.repeat(words));
  expect(schema.safeParse({ ...plan, steps: steps(110) }).success).toBe(true);
  expect(schema.safeParse({ ...plan, steps: steps(200) }).error?.message).toMatch(
    /has 5\d{4} characters .* at most 30000/,
  );
});

test('a question is asked without the secret in it', async () => {
  const { product, call } = handIn();
  await call('ask', { question: 'Is acmecorp-token right?' });
  expect(product.event).toEqual({ kind: 'question-asked', question: `Is ${mark} right?` });
});
