/** What doctor says of an agent's models: it calls each of them once, with the real CLI. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { writeDemoWorkspace } from '../../../src/cli/demo/workspace.ts';
import type { Finding } from '../../../src/status/finding.ts';
import { startEmulated } from '../emulated.ts';

vi.setConfig({ testTimeout: 60_000 });

const acme = 'codechange/acme';
/** One model for all tasks, so that there is one call. */
const oneModel = { defaultModel: 'claude-sonnet-5', autoRun: { triageModel: 'claude-sonnet-5' } };

type World = Awaited<ReturnType<typeof startEmulated>>;

async function doctor({ run, emulators }: World, ...args: string[]) {
  const { out, err, code } = await run('doctor', '--json', ...args);
  const found = JSON.parse(out) as Finding[];
  const requests = emulators.faults.requests();
  const called = requests.filter(({ target }) => target === 'anthropic').map(({ bodyText }) => JSON.parse(bodyText));
  return { out, err, code, found, requests, called, of: (id: string) => found.filter((each) => each.id === id) };
}

/** The provider answers every call with this error. */
function refuseCalls({ emulators }: World, status: number, type: string, message: string) {
  const body = { type: 'error', error: { type, message } };
  emulators.faults.add({ target: 'anthropic', do: { status, body } });
}

test('two agents with the same key and models cause one call of each model', async () => {
  const world = await startEmulated();
  const tenants = ['acme', 'globex'] as const;
  writeDemoWorkspace(
    world.root,
    world.emulators,
    tenants.map((tenant) => ({ tenant })),
  );
  const { of, called } = await doctor(world);
  for (const tenant of tenants) {
    const what = expect.stringMatching(
      /^claude-\S+ plans and changes code, .* both answered a test call for \$0\.\d{4}$/,
    );
    expect(of(`codechange/${tenant} model`)).toMatchObject([{ status: 'ok', what }]);
  }
  expect(new Set(called.map(({ model }) => model)).size).toBe(2);
  expect(called).toHaveLength(2);
});

test('a model that the provider does not have fails with the line that names it, and status, explain and agent check say so', async () => {
  const world = await startEmulated({ ...oneModel, defaultModel: 'claude-opus-4-9' });
  const { code, of } = await doctor(world, acme);
  const file = `${acme}/jvAgent.json`;
  const lines = readFileSync(join(world.root, file), 'utf8').split('\n');
  const line = lines.findIndex((text) => text.includes('defaultModel')) + 1;
  const host = new URL(world.emulators.urls.anthropic).host;
  const what = `claude-opus-4-9 cannot be run: ${host} answered 404 not_found_error: model: claude-opus-4-9`;
  expect(code).toBe(1);
  expect(of(`${acme} model`)).toMatchObject([
    { status: 'fail', code: 'OUTSIDE_REFUSED', what, file, line, fix: expect.stringContaining('`defaultModel`') },
  ]);
  for (const args of [['status'], ['explain', acme, '1'], ['agent', 'check']])
    expect((await world.run(...args)).out).toContain(`claude-opus-4-9 cannot be run`);
});

test('a key that the provider refuses is one failure of all models, with the line of the key and without the key', async () => {
  const world = await startEmulated();
  refuseCalls(world, 401, 'authentication_error', 'invalid x-api-key sk-no-key-at-all');
  const { code, out, of } = await doctor(world, acme);
  expect(code).toBe(1);
  expect(of(`${acme} model`)).toMatchObject([
    {
      status: 'fail',
      code: 'OUTSIDE_AUTH',
      what: expect.stringMatching(
        /^claude-\S+, claude-\S+ cannot be run: .* 401 authentication_error: invalid x-api-key/,
      ),
      fix: expect.stringContaining('Set ANTHROPIC_API_KEY in .env to a key'),
      file: '.env',
      line: 2,
    },
  ]);
  expect(out).not.toContain('sk-no-key-at-all');
});

test('an agent’s own key is the one that is tried, and its file is named', async () => {
  const world = await startEmulated(oneModel);
  const secrets = join(world.root, acme, 'secrets.env');
  writeFileSync(secrets, `MODEL_API_KEY=sk-own-of-acme\n${readFileSync(secrets, 'utf8')}`);
  refuseCalls(world, 400, 'invalid_request_error', 'Your credit balance is too low');
  expect((await doctor(world, acme)).of(`${acme} model`)).toMatchObject([
    {
      status: 'fail',
      fix: expect.stringContaining(`Add credit to the account of the key in MODEL_API_KEY in ${acme}/secrets.env`),
      ...{ file: `${acme}/secrets.env`, line: 1 },
    },
  ]);
});

test('a provider with too much to do is a warning, soon, and nothing is known of the model', async () => {
  const world = await startEmulated(oneModel);
  refuseCalls(world, 529, 'overloaded_error', 'Overloaded');
  const { of, called } = await doctor(world, acme);
  const what = expect.stringMatching(/^claude-sonnet-5 could not be asked now: .* 529 overloaded_error: Overloaded/);
  expect(of(`${acme} model`)).toMatchObject([{ status: 'warn', code: 'OUTSIDE_LIMITED', what }]);
  expect(called).toHaveLength(1);
  expect((await world.run('agent', 'check')).out).toBe('No faults.\n');
});

test('--offline asks nothing of the model and of the agent’s systems, and says so', async () => {
  const world = await startEmulated();
  const { code, of, requests } = await doctor(world, '--offline');
  expect({ code, requests }).toEqual({ code: 0, requests: [] });
  for (const id of ['model', 'outside'])
    expect(of(`${acme} ${id}`)).toMatchObject([{ status: 'ok', what: expect.stringMatching(/not asked: --offline$/) }]);
});
