/** What is told of the workspace's own files: its settings and tools. */
import { expect, test } from 'vitest';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { agentFileRows, settingRows } from '../../src/checks/file-rows.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';

test('a line of .env that cannot be meant or is misspelt is told with its line', () => {
  const lines = [
    '\ufeffANTHROPIC_API_KEY=canary#canary',
    'DATABASE_URL=postgres://db.example.com/x',
    'JVAGENT_ALOW_LOOPBACK=1',
    'JVAGENT_API_TOKEN=canary-token',
    'MY_OWN=1',
    'no setting',
    'MY_OWN=2',
  ];
  const { root } = createWorkspace({ '.env': `${lines.join('\n')}\n` });
  const rows = settingRows(root);
  expect(rows.map(({ level, file, line, message }) => `${level} ${file}:${line} ${message}`)).toEqual([
    'fault .env:1 the value of ANTHROPIC_API_KEY is cut at its #',
    'warning .env:3 JVAGENT_ALOW_LOOPBACK is not a setting',
    'warning .env:6 this line is not read: it is not NAME=value',
    'warning .env:7 MY_OWN is set twice: this line counts, line 5 does not',
  ]);
  expect(rows[1]?.fix).toBe('Did you mean JVAGENT_ALLOW_LOOPBACK?');
  expect(JSON.stringify(rows)).not.toContain('canary');
});

test('files beside tools that do not become tools are warnings with their reason', () => {
  const { root } = createWorkspace({
    'codechange/acme/jvAgent.json': customerConfig('acme'),
    'codechange/acme/tools/GitOps.js': '',
    'codechange/acme/tools/report.ts': '',
    'tools/git-ops.js': '',
    'tools/_shared.js': '',
    'tools/readme.md': '',
  });
  const settings = { root, sandboxUid: 20_001, allowLoopback: false };
  const rows = agentFileRows(settings, createAgentStore({ root }));
  expect(rows.map(({ level, file, message }) => `${level} ${file} ${message}`)).toEqual([
    'warning codechange/acme/tools/GitOps.js is left out: a tool is named with a-z, 0-9 and dash, and ends in .js, .mjs or .cjs',
    'warning codechange/acme/tools/report.ts is left out: a tool is a file .js, .mjs or .cjs',
    'warning tools/git-ops.js is left out: git-ops is a tool of the platform',
  ]);
});
