/** The real CLI with every model that has a price, against a provider as strict as the real one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Script } from '../../emulators/anthropic/script.ts';
import { pricedModels } from '../../src/models/prices.ts';
import { endOf, modelOf, ofKind, openEngine } from './try-turn.ts';

vi.setConfig({ testTimeout: 30_000 });

const families = ['fable', 'opus', 'sonnet', 'haiku'];
const onePixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';

const look = {
  name: 'look',
  description: 'Looks',
  inputSchema: { type: 'object' },
  call: async () => 'it is green',
};

/** More than any model holds, so that the engine sums the conversation up before its next step. */
const full = { usage: { input: 999_000 } };

const road: Script = {
  scenes: [
    {
      when: { prompt: '^walk', tools: ['mcp__jv__look', 'Read', 'Bash'] },
      replies: [
        [{ tool: 'Bash', input: { command: 'echo from bash' } }],
        [{ tool: 'Read', input: { file_path: '/tree/dot.png' } }],
        [{ tool: 'mcp__jv__look', input: {} }],
        [{ text: 'It said {{toolResult}}' }],
      ],
    },
    {
      when: { prompt: '^go on' },
      replies: [[{ tool: 'Bash', input: { command: 'echo more' } }, full], [{ text: '<summary>all so far</summary>' }]],
    },
  ],
};

/** The engine with one model to ask, and where what it does is booked. */
async function openWith(name: string, script: Script) {
  const model = modelOf(name);
  const settled: number[] = [];
  const reserved: number[] = [];
  const budget = {
    reserve: async (usdMax: number) => void reserved.push(usdMax),
    settle: (_: number, { usd }: { usd: number }) => void settled.push(usd),
  };
  const models = { models: [model, modelOf('haiku')], outputTokensMax: 64_000 };
  return { ...(await openEngine(script, { ...models, budget })), id: model.id, settled, reserved };
}

describe.each(families)('the newest %s', (family) => {
  it('works in full: commands, files, a picture, tools, a resumed and a summarized conversation', async () => {
    const { turn, makeTree, model, id, settled, reserved } = await openWith(family, road);
    const path = makeTree();
    writeFileSync(join(path, 'dot.png'), Buffer.from(onePixel, 'base64'), { mode: 0o644 });
    const more = { model: id, builtinTools: ['Bash', 'Read'], tools: [look] };
    const tree = { path, writable: false, readOnlyPaths: [] };
    const first = await turn({ ...more, tree, prompt: 'walk' });
    expect(endOf(first)).toMatchObject({ outcome: 'done', text: 'It said it is green' });
    expect(ofKind(first, 'tool-result').map(({ isError }) => isError)).toEqual([false, false, false]);
    expect(JSON.stringify(model.requests.at(-1)?.body)).toContain('"media_type":"image/png"');

    // What the engine tries out it does not try out on us.
    expect(model.requests[0]?.headers['anthropic-beta']).not.toMatch(/per-turn-control|display-updates/);

    const rows = ofKind(first, 'transcript').flatMap((event) => event.rows);
    const engineSessionId = ofKind(first, 'started')[0]?.engineSessionId ?? '';
    const second = await turn({ ...more, tree, prompt: 'go on', conversation: { engineSessionId, rows } });
    expect(endOf(second)?.outcome).toBe('done');
    const last = JSON.stringify(model.requests.at(-1)?.body.messages);
    expect(last).toContain('all so far');
    expect(last).not.toContain('from bash');

    expect(new Set(model.requests.map(({ body }) => body.model))).toEqual(new Set([id]));
    expect(settled.length).toBe(reserved.length);
    expect(settled.every((usd) => usd > 0)).toBe(true);
  });
});

const newest = families.map((family) => modelOf(family).id);
const others = [...Object.keys(pricedModels).filter((id) => !newest.includes(id)), 'claude-sonnet-4-5-20250929'];

const short: Script = {
  scenes: [{ replies: [[{ tool: 'Bash', input: { command: 'echo hello' } }], [{ text: 'seen' }]] }],
};

it.each(others)('%s runs as named', async (name) => {
  const { turn, model, id } = await openWith(name, short);
  const events = await turn({ model: id });
  expect(endOf(events)).toMatchObject({ outcome: 'done', text: 'seen' });
  expect(model.requests.map(({ body }) => body.model)).toEqual([name, name]);
});

it('a model without a price also runs as named', async () => {
  const { turn, model } = await openWith('claude-fable-5-2', short);
  expect(endOf(await turn({ model: 'claude-fable-5-2' }))).toMatchObject({ outcome: 'done', text: 'seen' });
  expect(model.requests.map(({ body }) => body.model)).toEqual(['claude-fable-5-2', 'claude-fable-5-2']);
});

it('a model that the provider no longer has is still requested, and not replaced', async () => {
  const { turn, model } = await openWith('claude-opus-4-1', short);
  expect(endOf(await turn({ model: 'claude-opus-4-1' }))).toMatchObject({
    outcome: 'error',
    fault: {
      kind: 'provider',
      refusal: { refused: 'OUTSIDE_REFUSED', fix: expect.stringContaining('`defaultModel`') },
    },
  });
  expect(new Set(model.requests.map(({ body }) => body.model))).toEqual(new Set(['claude-opus-4-1']));
});
