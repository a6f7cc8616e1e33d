/** Whatever is wrong in one customer's folder, the agent of another customer runs on, and the fault is told of the right one. */
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { runProgram } from '../../src/base/program.ts';
import { programEnvironment } from '../../src/settings.ts';
import { createWorkspace, customerConfig } from './workspace.ts';

const acme = 'codechange/acme';
const globex = 'codechange/globex';

type Workspace = ReturnType<typeof createWorkspace>;

const config = `${acme}/jvAgent.json`;
/** Puts something in the place of a file. */
const instead = ({ path }: Workspace, file: string, put: (at: string) => unknown) => {
  rmSync(path(file), { recursive: true, force: true });
  return put(path(file));
};
const pipe = async (at: string) => {
  await runProgram({ file: 'mkfifo', args: [at], env: programEnvironment(), timeoutMs: 10_000 });
};

const slips: readonly [what: string, slip: (workspace: Workspace) => unknown, why: RegExp, id?: string][] = [
  ['a pipe as jvAgent.json', (w) => instead(w, config, pipe), /jvAgent\.json is not a regular file/],
  ['a folder as jvAgent.json', (w) => instead(w, config, (at) => mkdirSync(at)), /is not a regular file/],
  [
    'a link that leads nowhere as jvAgent.json',
    (w) => instead(w, config, (at) => symlinkSync('/nowhere', at)),
    /is a link/,
  ],
  ['a link to itself as jvAgent.json', (w) => instead(w, config, (at) => symlinkSync('jvAgent.json', at)), /is a link/],
  ['ten megabytes of jvAgent.json', ({ write }) => write(config, `{"a": "${'x'.repeat(10 << 20)}"}`), /is too large/],
  [
    'a jvAgent.json nested a million deep',
    ({ write }) => write(config, '['.repeat(1_000_000)),
    /nested deeper than 32/,
  ],
  [
    'bytes that are no text',
    ({ path }) => writeFileSync(path(config), Buffer.from([0xff, 0xfe, 0])),
    /is not UTF-8 text/,
  ],
  ['an empty jvAgent.json', ({ write }) => write(config, ''), /jvAgent\.json:1/],
  ['a jvAgent.json that is a list', ({ write }) => write(config, '[]'), /must be of type object/],
  [
    'an id in another case',
    ({ write }) => write('codechange/ACME/jvAgent.json', { id: 'codechange/ACME' }),
    /not an agent id/,
    'codechange/ACME',
  ],
  ['the id of a neighbour', ({ write }) => write(config, customerConfig('globex')), /must be 'codechange\/acme'/],
  [
    'a folder with a line break',
    ({ write }) => write('codechange/a\nb/jvAgent.json', {}),
    /not an agent id/,
    'codechange/a\nb',
  ],
  [
    'a pipe as secrets.env',
    (w) => instead(w, `${acme}/secrets.env`, pipe),
    /secrets\.env must be a small regular file/,
  ],
  ['a file as tools', ({ write }) => write(`${acme}/tools`, 'x'), /tools is not a folder/],
  [
    'a link to itself as prompts',
    ({ path }) => symlinkSync('prompts', path(`${acme}/prompts`)),
    /prompts is not a folder/,
  ],
  ['a folder that others can write', ({ path }) => chmodSync(path(acme), 0o777), /other users can write it/],
];

test.each(slips)('%s stops its own agent alone', async (_, slip, why, id = acme) => {
  const workspace = createWorkspace({
    [config]: customerConfig('acme'),
    [`${globex}/jvAgent.json`]: customerConfig('globex'),
  });
  await slip(workspace);
  const agents = createAgentStore({ root: workspace.root });
  expect(agents.get(globex)).toHaveProperty('agent');
  expect(agents.get(id)).toMatchObject({ refusal: { why: expect.stringMatching(why) } });
});

test('very many faults in one file are told in part, and hold nobody up', () => {
  const many = (text: string) => Array.from({ length: 100_000 }, () => text).join(',');
  const { root } = createWorkspace({
    'a/jvAgent.json': `{"id":"a","workDirs":[${many('1')}]}`,
    'b/jvAgent.json': `{"id":"b",${many('"x":1')}}`,
  });
  const agents = createAgentStore({ root });
  for (const id of ['a', 'b']) expect(agents.get(id)).toMatchObject({ faults: { length: 20 } });
});

test('a fault of the parent stops its children, and says that they inherit the file', () => {
  const { root } = createWorkspace({ 'codechange/jvAgent.json': '{', [config]: customerConfig('acme') });
  expect(createAgentStore({ root }).get(acme)).toMatchObject({
    refusal: { why: expect.stringMatching(/codechange\/jvAgent\.json:1 .*\(codechange\/acme inherits this file\)/) },
  });
});
