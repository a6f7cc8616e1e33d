/** Which folders an agent's programs are shown, and where; what in them stays closed is tried in test/sandbox/closed-paths.test.ts. */
import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parseAgentId } from '../../src/agents/agent-id.ts';
import { agentConfigSchema } from '../../src/agents/config/config.ts';
import { createFolders } from '../../src/connections/folders.ts';
import { isRefusal } from '../../src/refusal.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';

const sandbox = createSandbox({ sandboxUid: 20001, processesMax: 64, memoryMb: 200 });

/** A home with these folders in it, and what an agent there is shown. */
async function openHome(folders: readonly string[], more: Record<string, unknown>) {
  const home = await mkdtemp(join(tmpdir(), 'jvagent-home-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const root = join(home, 'workspace');
  for (const folder of ['workspace/codechange', ...folders]) mkdirSync(join(home, folder), { recursive: true });
  const id = parseAgentId('codechange/acme');
  if (isRefusal(id)) throw new Error(id.why);
  const expanded = JSON.parse(JSON.stringify(more).replaceAll('~', home));
  const config = agentConfigSchema.parse({ id, ...expanded });
  const shownTo = createFolders({
    agent: { id, config },
    sandbox,
    home,
    surroundings: { root, home, agentFolders: [join(root, id)] },
  });
  const told = async (whom: keyof typeof shownTo) => {
    const { shown, warnings } = await shownTo[whom]();
    return { shown: shown.map(({ name, mount }) => `${name} ${mount.target}`), warnings };
  };
  return { home, root, told };
}

it('each has a place by its own name; set-up and tests see only those of the sandbox', async () => {
  const { told } = await openHome(['docs', 'a b/docs', 'tools'], {
    workDirs: ['~/a b', '~/docs/', '~/a b/docs'],
    sandbox: { readOnly: ['~/tools', '~/docs'] },
  });
  const both = ['~/tools /dirs/tools', '~/docs /dirs/docs'];
  expect(await told('repositoryCommands')).toEqual({ shown: both, warnings: [] });
  const own = ['~/a b /dirs/a-b', '~/docs/ /dirs/docs-2', '~/a b/docs /dirs/docs-3'];
  expect(await told('engine')).toEqual({ shown: [...both, ...own], warnings: [] });
});

it('the repository is left out because it is the tree, and missing folders do not move the others', async () => {
  const { told, home } = await openHome(['clone', 'docs'], {
    workDirs: ['~/other/clone', '~/gone', '~/link', '~/docs'],
    git: { repo: '~/clone', customerBranch: 'main', branchPrefix: 'fix-' },
  });
  mkdirSync(join(home, 'other'));
  symlinkSync(join(home, 'clone'), join(home, 'other/clone'));
  symlinkSync(join(home, 'docs'), join(home, 'link'));
  const missing =
    "codechange/acme runs without ~/gone from workDirs: it is missing. Create it, or remove it from the agent's jvAgent.json.";
  expect(await told('engine')).toEqual({ shown: ['~/link /dirs/link', '~/docs /dirs/docs'], warnings: [missing] });
  renameSync(join(home, 'clone'), join(home, 'gone'));
  symlinkSync(join(home, 'workspace'), join(home, 'clone'));
  const { shown, warnings } = await told('engine');
  expect(shown).toEqual(['~/gone /dirs/gone', '~/link /dirs/link', '~/docs /dirs/docs']);
  expect(warnings).toEqual([]);
});

it('a link that was turned to the workspace after the agent was read shows nothing', async () => {
  const { told, home, root } = await openHome(['docs'], { workDirs: ['~/docs'] });
  expect((await told('engine')).warnings).toEqual([]);
  renameSync(join(home, 'docs'), join(home, 'old'));
  symlinkSync(root, join(home, 'docs'));
  expect(await told('engine')).toEqual({ shown: [], warnings: [expect.stringContaining('it contains the workspace')] });
});
