/** Folders of the machine that an agent may not show to its engine, each tried as `workDirs` and as `sandbox.readOnly`. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { checkAgents } from '../../src/agents/check.ts';
import { shownFolders } from '../../src/agents/work-dirs.ts';
import { createWorkspace, customerConfig } from './workspace.ts';

function faultsWith(more: (root: string) => Record<string, unknown>) {
  const { root, write, path } = createWorkspace({
    'codechange/acme/jvAgent.json': customerConfig('acme'),
    'codechange/globex/jvAgent.json': customerConfig('globex'),
    'slack/sales.env': 'SLACK_BOT_TOKEN=xoxb-1\n',
    'shared/notes.md': 'For everybody.\n',
  });
  mkdirSync(path('.jvagent/state'), { recursive: true });
  symlinkSync(path('codechange'), path('shared/link'));
  write('codechange/acme/jvAgent.json', customerConfig('acme', more(root)));
  return checkAgents(root, { id: 'codechange/acme' }).map(({ message }) => message);
}

const places: readonly [what: string, folder: (root: string) => string, why: RegExp][] = [
  ['the root', () => '/', /contains the workspace/],
  ['the workspace', (root) => root, /contains the workspace/],
  ['a folder around the workspace', (root) => dirname(root), /contains the workspace/],
  ['the home folder', () => '~', /contains the (home folder|workspace)/],
  ['the state of the platform', (root) => `${root}/.jvagent`, /in the platform's state folder/],
  ['a part of that state', (root) => `${root}/.jvagent/state`, /in the platform's state folder/],
  ["its own agent's folder", (root) => `${root}/codechange/acme`, /contains an agent's secrets/],
  ["another agent's folder", (root) => `${root}/codechange/globex`, /contains an agent's secrets/],
  ['a folder around agents', (root) => `${root}/codechange`, /contains an agent's secrets/],
  ['a link to a folder around agents', (root) => `${root}/shared/link`, /contains an agent's secrets/],
  ['a name that Node would treat as a wildcard', (root) => `${root}/sha*ed`, /has a \* in its path/],
  ['the tokens of Slack apps', (root) => `${root}/slack`, /contains tokens of Slack apps/],
];

test.each(places)('%s is refused, in either list', (_, folder, why) => {
  for (const more of [
    (root: string) => ({ workDirs: [folder(root)] }),
    (root: string) => ({ sandbox: { readOnly: [folder(root)] } }),
  ]) {
    expect(faultsWith(more)).toEqual([expect.stringMatching(why)]);
  }
});

test('a folder that holds none of these is accepted', () => {
  expect(faultsWith((root) => ({ workDirs: [`${root}/shared`], sandbox: { readOnly: ['/usr/share'] } }))).toEqual([]);
});

test('a worker may not read a link that now leads to an agent; it may read the target of another link', () => {
  const { root, path } = createWorkspace({
    'codechange/globex/secrets.env': 'AZDO_PAT=globex-pat-1\n',
    'shared/notes.md': 'For everybody.\n',
  });
  symlinkSync(path('codechange/globex'), path('shared/bad'));
  symlinkSync(path('shared'), path('good'));
  const around = { root, home: dirname(root), agentFolders: [path('codechange/globex')] };
  expect(shownFolders([path('shared/bad'), path('good')], around)).toEqual([path('good'), path('shared')]);
});
