/** The page of a work item's change, over a repository as an agent leaves it. */
import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { placesIn, repositoryFolderOf } from '../../src/git/git-program.ts';
import { limits } from '../../src/limits.ts';
import { itemDiffPage } from '../../src/web/pages/item-diff-page.ts';
import { itemPage } from '../../src/web/pages/item-page.ts';
import { commitFiles, makeBare } from '../git/fixture.ts';
import { apiToken, openDashboard, viewToken } from './dashboard.ts';
import { textOf } from './markup.ts';
import { acme, approved, found, startPages, submitted } from './pages-world.ts';

const item12 = { agent: acme, item: '12' };

async function startWithChange(files: Record<string, string>, { hasRepository = true, isPushed = true } = {}) {
  const pages = await startPages();
  const folder = repositoryFolderOf((await pages.source()).stateFolder, hasRepository ? acme : 'codechange/other');
  const { gitDir, home } = placesIn(folder);
  for (const each of [gitDir, home]) mkdirSync(each, { recursive: true });
  await makeBare(gitDir);
  const baseSha = await commitFiles(gitDir, 'base', { 'a.js': 'one\r\ntwo\r\n' });
  const sha = await commitFiles(gitDir, 'ours', files, baseSha);
  const { apply } = await pages.begin();
  await apply(found);
  await apply({ ...submitted, baseSha });
  await apply(approved);
  await apply({ kind: 'change-made', sha, summary: 'a', deliver: 'pull-request' });
  const tests = { passed: true, output: '', seconds: 1 };
  await apply({ kind: 'effect-done', intent: { kind: 'test', sha, nth: 0 }, result: { tests } });
  const branch = 'feature/acme-12';
  const push = () => apply({ kind: 'effect-done', intent: { kind: 'push', sha, branch }, result: {} });
  const url = 'https://code.test/acme/app/pull/3';
  const openPr = () =>
    apply({ kind: 'effect-done', intent: { kind: 'open-pr', branch, sha, nth: 1 }, result: { number: 3, url } });
  if (isPushed) await push();
  return { ...pages, sha, push, openPr, url };
}

test('the page of a work item leads to its change, where removed and added lines keep their signs', async () => {
  const { show, sha } = await startWithChange({ 'a.js': 'one\r\n2\r\n' });
  expect((await show(itemPage, item12)).hrefs).toContain(`/items/${acme}/12/diff`);
  const { text, elements, title, data } = await show(itemDiffPage, item12);
  const of = (tag: string) => elements.filter(({ tagName }) => tagName === tag).map(textOf);
  expect([of('del'), of('ins')]).toEqual([['-two'], ['+2']]);
  expect(title).toBe('Change for 12: Guard <b>keys</b>');
  expect(text).toContain(`Commit ${sha.slice(0, 12)} compared with`);
  expect(text).toMatch(/Files: 1\..* a\.js changed, \+1 -1 @@/);
  expect(data.change?.files[0]?.lines).toContain('-two\r\n+2\r');
});

test('names and lines are nothing but words, and characters that hide or reorder are seen', async () => {
  const tag = '<img src=x onerror=alert(1)>';
  const { show } = await startWithChange({ [`${tag}\u202e.js`]: `</pre>${tag}\u202e\n\u200bx\ty\r\n` });
  const { elements, text, markup } = await show(itemDiffPage, item12);
  expect(elements.filter(({ tagName }) => tagName === 'img')).toEqual([]);
  expect(text).toContain(`${tag}\\u202e.js new, +2 -0`);
  expect(text).toContain(`+</pre>${tag}\\u202e`);
  expect(markup).toContain('+\\u200bx\ty\\u000d');
});

test('what is left out of a large change is said in words', async () => {
  const many = Array.from({ length: limits.diffShownFilesMax }, (_, n) => [`m${n}.js`, 'm\n']);
  const large = 'x\n'.repeat(limits.diffShownFileCharsMax / 2);
  const { show } = await startWithChange({ ...Object.fromEntries(many), 'a.js': large });
  const { text, elements } = await show(itemDiffPage, item12);
  expect(elements.filter(({ tagName }) => tagName === 'pre')).toHaveLength(limits.diffShownFilesMax);
  expect(text.split('Lines of this file are left out here.')).toHaveLength(2);
  expect(text).toContain(`Files: ${limits.diffShownFilesMax + 1}.`);
  expect(text).toContain('Files that are left out here: 1.');
});

test('a machine without the repository says so, and leads to the pull request', async () => {
  const { show, sha, openPr, url } = await startWithChange({ 'a.js': 'x\n' }, { hasRepository: false });
  await openPr();
  const { text, data, hrefs } = await show(itemDiffPage, item12);
  expect(data.change).toBeUndefined();
  expect(hrefs).toContain(url);
  expect(text).toContain(`This machine has no copy of the commit ${sha.slice(0, 12)}`);
});

test('a commit is shown only once it is pushed, and nothing leads to it before', async () => {
  const { show, push } = await startWithChange({ 'a.js': 'a secret of the agent\n' }, { isPushed: false });
  const { markup, text, data } = await show(itemDiffPage, item12);
  expect(data).toMatchObject({ workItemId: 12 });
  expect([data.sha, data.change]).toEqual([undefined, undefined]);
  expect(text).toContain('Nothing is pushed yet.');
  expect(markup).not.toContain('a secret of the agent');
  const href = `/items/${acme}/12/diff`;
  expect((await show(itemPage, item12)).hrefs).not.toContain(href);
  await push();
  expect((await show(itemPage, item12)).hrefs).toContain(href);
  expect((await show(itemDiffPage, item12)).markup).toContain('a secret of the agent');
});

test('who may only look does not see the change, as a page or as JSON, and nothing leads there', async () => {
  const { show } = await startWithChange({ 'a.js': 'x\n' });
  expect((await show(itemPage, item12, {}, 'view')).hrefs).not.toContain(`/items/${acme}/12/diff`);
  const { ask, store } = await openDashboard();
  await store.sessions.ensure({ agentId: acme, sessionId: 'wi-12' });
  for (const path of [`/items/${acme}/12/diff`, `/api/items/${acme}/12/diff`]) {
    const statuses = [viewToken, apiToken].map(async (bearer) => (await ask(path, { bearer })).status);
    expect([path, ...(await Promise.all(statuses))]).toEqual([path, 403, 200]);
  }
});
