/** Which tracker an agent gets, and how it and the code host know each other. */
import { expect, test } from 'vitest';
import { agentConfigSchema } from '../../src/agents/config/config.ts';
import { systemClock } from '../../src/base/clock.ts';
import { trackerOf } from '../../src/connectors/tracker-of.ts';
import { isRefusal } from '../../src/refusal.ts';
import { customerConfig } from '../agents/workspace.ts';

const http = { clock: systemClock, redact: (text: string) => text };

function boardOf(remote: string, { organization = 'Acme', pat = 'pat-of-acme-5f1c9a', project = 'Web Shop' } = {}) {
  const { git: before, ...rest } = customerConfig('acme');
  const { provider: _, ...git } = before;
  const config = agentConfigSchema.parse({ ...rest, git });
  const agent = { id: config.id, config, locations: { organization, project, remote } };
  const secret = (name: string) => (name === 'AZDO_PAT' && pat !== '' ? pat : undefined);
  if (!config.devops) throw new Error('it has no devops block');
  return trackerOf({ agent, secret, http } as Parameters<typeof trackerOf>[0], config.devops);
}

const gitHub = 'https://github.com/acme/app.git';
const azureRepos = 'https://dev.azure.com/acme/Web/_git/app';

test('an agent without its token, or without the place of its work items, is refused by the name to set', () => {
  expect(boardOf(gitHub, { pat: '' })).toMatchObject({
    refused: 'CONFIG_INVALID',
    fix: expect.stringContaining('AZDO_PAT'),
  });
  expect(boardOf(gitHub, { project: '' })).toMatchObject({ fix: expect.stringContaining('AZDO_PROJECT') });
});

test.each([
  ['at GitHub', gitHub, 'Acme', 'AB#7', false],
  ['in a repository of the same organization', azureRepos, 'Acme', '#7', true],
  ['in a repository of another organization', azureRepos, 'Globex', '#7', false],
])(
  'a work item of Azure DevOps is named %s so that the two are linked',
  (_, remote, organization, mention, hasCode) => {
    const board = boardOf(remote, { organization });
    if (isRefusal(board)) throw new Error(board.why);
    expect([board.mention(7), board.hasCode]).toEqual([mention, hasCode]);
  },
);

test('people see the work item on the page of its own organization and project', () => {
  const board = boardOf(gitHub);
  if (isRefusal(board)) throw new Error(board.why);
  expect(board.tracker.pageOf(7)).toBe('https://dev.azure.com/Acme/Web%20Shop/_workitems/edit/7');
  expect(board.tenant).toBe('Acme/Web Shop');
});
