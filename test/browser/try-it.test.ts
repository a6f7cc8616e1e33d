/** The page docs/try-it.md, walked through as it is written: its own commands, its own texts, and a browser. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { ownEnvironment } from '../../src/settings.ts';
import { type Browser, follow, openBrowser } from './chromium.ts';

const project = join(import.meta.dirname, '../..');
const text = readFileSync(join(project, 'docs/try-it.md'), 'utf8');

/** The commands of the page, in their order. */
const commands = [...text.matchAll(/^ {4}(\.\/jvagent .+)$/gm)].map(([, command = '']) => command);
/** Title and description of each work item that the page has people file. */
const items = [...text.matchAll(/^- Title: `(.+)`\n- Description: (`+)(.+)\2$/gm)].map(
  ([, title = '', , description = '']) => ({ title, description }),
);

let folder: string;
let browser: Browser;
const running: ChildProcess[] = [];
/** What the commands that stay have printed. */
const outputs: { said: string }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'try-it-'));
  symlinkSync(join(project, 'jvagent'), join(folder, 'jvagent'));
  browser = await openBrowser();
});
afterAll(async () => {
  for (const child of running.toReversed()) {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command as a person would in the folder; `said` grows with what it prints. */
function run(command: string) {
  const child = spawn('/bin/sh', ['-c', `exec ${command}`], {
    cwd: folder,
    env: { ...ownEnvironment(), HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = { said: '', child };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (out.said += String(bytes)));
  return out;
}

async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const end = Date.now() + 420_000; Date.now() < end; await systemClock.sleep(1_000)) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`${what} did not happen:\n${outputs.map(({ said }) => said.slice(-3_000)).join('\n')}`);
}

/** Starts a command that stays; its output once it has said `word`. */
async function leaveRunning(command: string, word: RegExp): Promise<string> {
  const out = run(command);
  running.push(out.child);
  outputs.push(out);
  await until(`${command}: ${word}`, () => {
    if (out.child.exitCode !== null) throw new Error(`${command} ended: ${out.said}`);
    return word.test(out.said);
  });
  return out.said;
}

async function runToEnd(command: string): Promise<string> {
  const out = run(command);
  const [code] = await once(out.child, 'close');
  expect({ command, code, said: out.said }).toMatchObject({ code: 0 });
  return out.said;
}

/** What the page has people write to the agents, in its order. */
const said = [...text.matchAll(/``((?:@agent|Set) [^\n]*?)``/g)].map(([, words = '']) => words.trim());

/** A question to the docs agent, and a setting that changes only when the right person confirms it. */
async function talk(page: Page, slack: string, instance: string): Promise<void> {
  const [question = '', read = '', set = ''] = said;
  const main = () => page.innerText('main');
  const has = (words: string) => async () => {
    await page.reload();
    return (await main()).includes(words);
  };
  async function say(words: string): Promise<void> {
    await page.getByLabel(/^(?:Message|Reply) as/).fill(words);
    await follow(page.getByRole('button', { name: 'Send', exact: true }));
  }
  const openThread = () => follow(page.getByRole('link', { name: /Reply in thread|\d repl/ }).first());
  await page.goto(slack);
  await follow(page.getByRole('link', { name: '#docs' }));
  await say(question);
  await openThread();
  await until('an answer of the docs agent', has('.md:'));
  await follow(page.getByRole('link', { name: '#acme-support' }));
  await say(read);
  await openThread();
  await until('the setting', has('"timeout"'));
  await say(set);
  await until('a proposal', async () => {
    await page.reload();
    return (await page.getByRole('button', { name: 'Confirm' }).count()) > 0;
  });
  await page.goto(instance);
  expect(await main()).toContain('timeout: 30');
  await page.goBack();
  await follow(page.getByRole('button', { name: 'Confirm' }));
  await page.goto(instance);
  await until('the new value', has('timeout: "45"'));
}

test('with the commands and the buttons of docs/try-it.md alone, an own work item goes to Deployed', async () => {
  const [emulate = '', start = '', open = '', ...lookers] = commands;
  const said = await leaveRunning(emulate, /Press Ctrl-C/);
  const pageAt = (name: string) => new RegExp(`${name} +(http://\\S+)`).exec(said)?.[1] ?? '';
  expect(said).toContain(start);
  await leaveRunning(start, /jvagent is up/);

  const page = await browser.context.newPage();
  const dashboard = await browser.context.newPage();
  await dashboard.goto((await runToEnd(open)).split('\n')[0] ?? '');
  await follow(dashboard.getByRole('button', { name: 'Log in' }));
  expect(await dashboard.getByRole('heading', { level: 1 }).innerText()).toMatch(/needs? you$/i);
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  async function file({ title, description }: { title: string; description: string }): Promise<void> {
    await page.goto(pageAt('Board of Acme Corp'));
    await page.getByText('New work item').click();
    await page.getByLabel('Title').fill(title);
    await page.getByLabel('Description').fill(description);
    await follow(button('Create'));
  }
  const isIn = async (state: string) => {
    await page.reload();
    return (await page.getByRole('region', { name: 'State', exact: true }).locator('.state').innerText()) === state;
  };
  const [own, unclear] = items;
  if (!own || !unclear) throw new Error('the page has people file no work items');

  await file(own);
  const itemUrl = page.url();
  await until('Plan Ready', () => isIn('Plan Ready'));
  await follow(button('Move to Approved'));
  await until('PR Created', () => isIn('PR Created'));
  await follow(page.getByRole('region', { name: 'Links' }).getByRole('link').first());
  await follow(button('Merge'));
  await page.goto(itemUrl);
  await until('Deployed', () => isIn('Deployed'));

  await page.goto(pageAt('Instance of Acme Corp'));
  const shown = await page.innerText('main');
  expect(shown).toMatch(/[0-9a-f]{12}/);

  await talk(page, pageAt('Slack, with everybody'), pageAt('Instance of Acme Corp'));

  await file(unclear);
  await until('a question', async () => {
    await page.reload();
    return (await page.innerText('main')).includes('I am a script and not a real model');
  });
  const answers = await Promise.all(lookers.map(runToEnd));
  await dashboard.goto(new URL('/items/codechange/acme/2', dashboard.url()).href);
  expect(await dashboard.innerText('main')).toContain('Deployed');
  expect(answers[0]).toContain('deployed');
  expect(answers.at(-1)).toContain('What shall I change?');
});
