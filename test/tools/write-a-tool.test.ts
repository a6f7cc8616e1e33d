/** The tools in docs/write-a-tool.md: they fit the types that we ship, and work in the real tool host. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSecret } from '../../src/agents/secrets/secrets.ts';
import { systemClock } from '../../src/base/clock.ts';
import { listenServer } from '../../src/base/http.ts';
import { createLog } from '../../src/base/log.ts';
import { runProgram } from '../../src/base/program.ts';
import type { SessionId } from '../../src/broker/session-id.ts';
import { limits } from '../../src/limits.ts';
import { openNetwork } from '../../src/sandbox/network.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { programEnvironment } from '../../src/settings.ts';
import { createToolHost, type ToolLogLine } from '../../src/tools/tool-host.ts';
import type { ToolContext } from '../../types/tool.d.ts';
import { toLoopback } from '../outbound/direct.ts';
import { agentId, configOf } from './turn.ts';

const product = join(import.meta.dirname, '../..');
const page = readFileSync(join(product, 'docs/write-a-tool.md'), 'utf8');
const examples = new Map(
  [...page.matchAll(/^`tools\/([\w.-]+)`, as an? [^\n]+:\n\n```js\n(.*?)^```$/gms)].map(([, file = '', text = '']) => [
    file,
    text,
  ]),
);

/** A folder with these tools, in which jvagent is installed. */
function workspaceWith(tools: ReadonlyMap<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'jvagent-tools-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ['tools', 'node_modules', agentId]) mkdirSync(join(root, folder), { recursive: true });
  symlinkSync(product, join(root, 'node_modules/jvagent'));
  for (const [file, text] of tools) writeFileSync(join(root, 'tools', file), text, { mode: 0o644 });
  return root;
}

/** What the compiler says of the tools, as an editor says it. */
async function checked(tools: ReadonlyMap<string, string>): Promise<string> {
  const root = workspaceWith(tools);
  const flags = ['--noEmit', '--allowJs', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
  const { stdout } = await runProgram({
    file: process.execPath,
    args: [
      join(product, 'node_modules/typescript/bin/tsc'),
      ...flags,
      ...['--typeRoots', join(product, 'node_modules/@types')],
      ...[...tools.keys()].map((file) => join(root, 'tools', file)),
    ],
    env: programEnvironment(),
    cwd: root,
    timeoutMs: 120_000,
  });
  return stdout.toString('utf8');
}

async function hostOf(root: string, { place = 'unused.example', ...config }: Record<string, string>) {
  const logged: ToolLogLine[] = [];
  const network = await openNetwork({
    ...{ folder: join(root, 'run'), domains: [place], registries: [], refused: () => {}, clock: systemClock },
    ...{ ...toLoopback, log: createLog('test', 'silent') },
  });
  onTestFinished(network.close);
  const host = createToolHost({
    ...{ root, network, log: (line) => logged.push(line) },
    agent: { id: agentId, folder: join(root, agentId), toolFolders: [join(root, 'tools')], config: configOf(config) },
    secrets: { own: new Map([['HELPDESK_TOKEN', createSecret('token-of-the-desk')]]), hidden: [] },
    sandbox: createSandbox({ sandboxUid: 20001, processesMax: 64, memoryMb: 1_000 }),
  });
  onTestFinished(() => host.stop());
  const { tools, warnings } = await host.load();
  expect(warnings).toEqual([]);
  const call = (name: string, input: unknown) =>
    tools
      .find((tool) => tool.name === name)
      ?.call(input, { sessionId: 'main' as SessionId, publish: async () => expect.unreachable() });
  return { call, logged };
}

test('both examples fit the types that we ship, and a wrong use of the context does not', async () => {
  expect([...examples.keys()]).toEqual(['ticket.js', 'due-date.mjs']);
  expect(await checked(examples)).toBe('');
  const types = readFileSync(join(product, 'types/tool.d.ts'), 'utf8');
  const copied = [...examples].map(([file, text]) => [file, text.replace('jvagent/tool', './_tool.d.ts')] as const);
  expect(await checked(new Map([...copied, ['_tool.d.ts', types]]))).toBe('');
  const wrong = new Map([...examples].map(([file, text]) => [file, text.replace('agentSecrets, log', 'secrets, log')]));
  expect(await checked(wrong)).toMatch(/ticket\.js.*'secrets' does not exist on type 'ToolContext'/);
});

test('the examples do in the tool host what the page says', async () => {
  const asked: unknown[] = [];
  const desk = createServer(({ url, headers }, response) => {
    asked.push([url, headers.authorization]);
    response.end(JSON.stringify({ title: 'Cannot log in', text: 'Since Monday.', internal: 'never shown' }));
  });
  const { url, port, close } = await listenServer(desk);
  onTestFinished(close);
  const root = workspaceWith(examples);
  const { call, logged } = await hostOf(root, { place: `127.0.0.1:${port}`, helpDesk: url });
  expect(await call('ticket', { id: '4711' })).toEqual({ title: 'Cannot log in', text: 'Since Monday.' });
  expect(asked).toEqual([['/tickets/4711', 'Bearer token-of-the-desk']]);
  expect(logged).toMatchObject([{ tool: 'ticket', text: `asked ${url}/tickets/4711: 200` }]);
  await expect(call('ticket', { id: '../admin' })).rejects.toThrow('../admin is not the number of a ticket');
  expect(await call('due-date', { from: '2026-11-20', days: 3 })).toEqual({ due: '2026-11-25' });
});

test('the context has what the types say, and nothing else', async () => {
  const described: Record<keyof ToolContext, string> = {
    agentId: 'string',
    sessionId: 'string',
    agentConfig: 'object',
    agentSecrets: 'object',
    projectRoot: 'string',
    log: 'function',
    messageBroker: 'object',
  };
  const text = `export const execute = (input, context) => Object.fromEntries(Object.entries(context).map(([name, value]) => [name, typeof value]));`;
  const { call } = await hostOf(workspaceWith(new Map([['probe.mjs', text]])), {});
  expect(await call('probe', {})).toEqual(described);
});

test('the limits in page and types are those of the platform', () => {
  const types = readFileSync(join(product, 'types/tool.d.ts'), 'utf8');
  for (const text of [page, types]) {
    expect(text).toContain(`${limits.toolSecondsMax} seconds`);
    expect(text).toContain(`${limits.toolAnswerBytesMax / 1024} KiB`);
  }
});
