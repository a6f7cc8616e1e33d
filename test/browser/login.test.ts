/** The dashboard in a browser that also visits other sites: who is logged in stays so, and no other site uses it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Listener, listen } from '../../src/base/http.ts';
import { startWorld, type World } from '../stories/world.ts';
import { type Browser, follow, openBrowser } from './chromium.ts';
import { apiToken, type Dashboard, serveDashboard } from './dashboard.ts';

let world: World;
let browser: Browser;
let dashboard: Dashboard;
let other: Listener;
let site: string;

/** Links to the dashboard, and tries in every way that browsers have to use the login of whoever visits it. */
const otherPage = (url: string) => `<!DOCTYPE html><title>Another site</title>
<a id="link" href="${url}/items">the dashboard</a>
<form id="pause" method="post" action="${url}/api/pause"><button>pause</button></form>
<form id="login" method="post" action="${url}/login"><input name="token" value="${apiToken}"><button>log in</button></form>
<iframe name="frame" src="${url}/"></iframe>
<script>
window.tried = Promise.all([
  fetch('${url}/api/status', { credentials: 'include' }).then((answer) => answer.text(), () => 'blocked'),
  fetch('${url}/api/pause', { method: 'POST', mode: 'no-cors', credentials: 'include' }).then(() => 'sent', () => 'blocked'),
  new Promise((resolve) => {
    const events = new EventSource('${url}/api/events', { withCredentials: true });
    events.onopen = () => resolve('open');
    events.onerror = () => resolve('blocked');
  }),
]);
</script>`;

beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld({ isUnwatched: true }), openBrowser()]);
  dashboard = await serveDashboard(world.supervisor);
  const { url } = dashboard;
  other = await listen(() => new Response(otherPage(url), { headers: { 'content-type': 'text/html' } }));
  // Another site for browsers, and the same machine.
  site = `http://localhost:${other.port}/`;
});
afterAll(async () => {
  await browser.close();
  await other.close();
  await dashboard.close();
  await world.close();
});

const isPaused = async () => (await world.supervisor.store.platform.pausedAt()) !== undefined;

test('one button logs in, a link on another site leads on without a second login, and Log out ends it', async () => {
  const page = await browser.context.newPage();
  await page.goto(`${dashboard.url}/items`);
  await page.getByLabel('Token').fill(apiToken);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(`${dashboard.url}/items`);
  await page.goto(site);
  await page.locator('#link').click();
  await expect.poll(() => page.getByRole('button', { name: 'Log out' }).count()).toBe(1);
  expect(page.url()).toBe(`${dashboard.url}/items`);
  await follow(page.getByRole('button', { name: 'Log out' }));
  await page.goto(`${dashboard.url}/`);
  expect(await page.getByLabel('Token').count()).toBe(1);
  await page.close();
});

test('another site reads nothing, changes nothing, frames nothing and logs nobody in', async () => {
  const page = await browser.context.newPage();
  await page.goto(`${dashboard.url}/login`);
  await page.getByLabel('Token').fill(apiToken);
  await follow(page.getByRole('button', { name: 'Log in' }));
  await page.goto(site);
  const [read, , events] = await page.evaluate<string[]>('window.tried');
  expect([read, events]).toEqual(['blocked', 'blocked']);
  expect(await page.frame('frame')?.content()).not.toContain('jvagent');
  for (const form of ['#pause', '#login']) {
    await page.goto(site);
    await page.locator(`${form} button`).click();
    await page.waitForURL(`${dashboard.url}/**`);
    expect(await page.innerText('body')).toContain('Another site asked for this');
  }
  expect(await isPaused()).toBe(false);
  // The login was there all the time.
  await page.goto(`${dashboard.url}/`);
  expect(await page.getByRole('button', { name: 'Log out' }).count()).toBe(1);
  await page.close();
});
