/**
 * A secret that the customer's own code holds: the model works on that code as it is, and no tile, pull request or log has it.
 *
 * plan (file read) -> approval -> the same conversation goes on -> the file edited and committed -> pull request
 */
import { appendFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plainGit } from '../git/fixture.ts';
import { hostileRepository } from '../redteam/hostile-repository.ts';
import { modelRequests } from './look.ts';
import { approved, filed, pullRequestOf } from './road.ts';
import { ask, call, executing, gitOps, openPullRequest, planning, say, scriptOf, submitPlan } from './scripts.ts';
import { startWorld, type World } from './world.ts';

/** In the code and in secrets.env; the second one stands in secrets.env alone. */
const inCode = 'acmecorp-licence';
const elsewhere = 'token-of-the-crm-5d21';
const mark = '[jvagent-redacted:LICENCE_KEY]';
const file = 'customers/acmecorp.js';
const line = `export const licence = '${inCode}';`;
const title = 'An item about a licence';
const asking = 'An item with a question';
const silent = 'An item without a plan';

let world: World;
let source: string;
let id: number;

beforeAll(async () => {
  source = hostileRepository({ [file]: `${line}\nexport const trial = true;\n` });
  const files = [{ path: file, change: 'edit' }];
  const path = `/tree/${file}`;
  world = await startWorld({
    source,
    script: scriptOf(
      planning(silent, [say(`I looked at ${inCode}.`)]),
      planning(asking, [ask(`Is ${inCode} right?`), say('Asked.')]),
      planning(title, [
        call('Read', { file_path: path }),
        call('mcp__jv__azdo', { action: 'add-comment', comment: `It has ${inCode} in it.` }),
        submitPlan({ files, summary: `Keep ${inCode}.` }),
        say(`Planned with ${inCode}.`),
      ]),
      executing(title, [
        call('Read', { file_path: path }),
        call('Edit', { file_path: path, old_string: `${line}\nexport const trial = true;`, new_string: `${line}\n` }),
        call('Bash', { command: `echo '// ${mark}' > customers/other.js` }),
        gitOps({ action: 'add', files: ['customers/other.js'] }),
        gitOps({ action: 'commit', message: 'fix: end the trial of acmecorp-licence (#{{workItemId}})' }),
        call('Bash', { command: 'rm customers/other.js; echo $LICENCE_KEY; git log -1 --format=%s' }),
        gitOps({ action: 'commit', message: `fix: end the trial of ${inCode} (#{{workItemId}})` }),
        gitOps({ action: 'diff' }),
        openPullRequest,
        say(`Handed over with ${inCode}.`),
      ]),
    ),
    agents: [{ tenant: 'acme', config: { approval: { outOfPlan: 'warn' }, git: { testsMayFail: true } } }],
    prepare: ({ root }) =>
      appendFileSync(
        join(root, 'codechange/acme/secrets.env'),
        `LICENCE_KEY=${inCode}\nCRM_TOKEN=${elsewhere}\nCUSTOMER=acmecorp\n`,
      ),
  });
  id = await approved(world, title);
  await world.until(id, 'pr-created');
});
afterAll(async () => {
  await world.close();
  rmSync(dirname(source), { recursive: true, force: true });
});

const newest = async () => {
  const { directory } = world.emulators.tenants.acme;
  const branch = world.branches().find((name) => name.includes(`acme-${id}`)) ?? '';
  const { stdout } = await plainGit(directory, ['show', '--format=%B', branch]);
  return stdout.toString();
};

test('the model reads the file as it is, in the plan and when the conversation continues', () => {
  const asked = modelRequests(world).filter((body) => body.includes(title) && body.includes('export const'));
  expect(asked.length).toBeGreaterThan(2);
  for (const body of asked) expect(body).toContain(line);
});

test("a tool's answer says what the file says", () => {
  const [told] = modelRequests(world).filter((body) => body.includes('diff --git a/customers'));
  expect(told?.slice(told.indexOf('diff --git a/customers'))).toContain(`licence = '${inCode}'`);
});

test('what it writes reaches the branch as it was written, and a file named after the customer is planned', async () => {
  const shown = await newest();
  expect(shown).toContain(`diff --git a/${file} b/${file}`);
  expect(shown).toContain(` ${line}`);
  expect(shown).toContain('-export const trial = true;');
});

test('a commit with the mark in it is refused, and says what to do', async () => {
  const log = await world.log(id);
  expect(log).toContain('SECRET_MARK');
  expect(log).toContain('customers/other.js');
  expect(await newest()).not.toContain('other.js');
});

test('tile, pull request, commit message and log say the mark instead', async () => {
  const { secrets, repository } = world.emulators.tenants.acme;
  const url = `${world.emulators.urls.github}/repos/${repository}/pulls/${await pullRequestOf(world, id)}`;
  const pull = await fetch(url, { headers: { authorization: `Bearer ${secrets.gitTokens.engineer}` } });
  const { title: pullTitle, body } = (await pull.json()) as { title: string; body: string };
  const comments = (await world.comments(id)).map(({ text }) => text).join('\n');
  const message = (await newest()).split('diff --git')[0] ?? '';
  for (const place of [comments, body, message, await world.log(id)]) {
    expect(place).toContain('jvagent-redacted:LICENCE_KEY');
    expect(place).not.toContain(inCode);
  }
  expect(pullTitle).not.toContain(inCode);
});

test('a question on the tile says the mark too', async () => {
  const question = await filed(world, asking);
  await world.until(question, 'needs-info');
  const comments = (await world.comments(question)).map(({ text }) => text).join('\n');
  expect(comments).toContain('jvagent-redacted:LICENCE_KEY');
  expect(comments).not.toContain(inCode);
});

test('the last words of a turn without a product are shown without it', async () => {
  const fruitless = await filed(world, silent);
  const { item } = await world.until(fruitless, 'failed');
  expect(item?.refusal?.why).toContain(mark);
  expect(JSON.stringify(item)).not.toContain(inCode);
});

test('secrets that are only in secrets.env are in no request to the model', () => {
  expect(modelRequests(world).join()).not.toContain(elsewhere);
});
