import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Listener, listen } from '../../src/base/http.ts';
import type { BoardPreview } from '../../src/cli/board-preview.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { limits } from '../../src/limits.ts';
import type { Standing } from '../../src/status/item-standing.ts';
import type { PlatformStatus } from '../../src/views/platform-view.ts';
import { statusPage } from '../../src/web/pages/status-page.ts';
import { attribute, elementsIn, hasClass, textWithAddresses, within } from '../web/markup.ts';
import { agents, type Cause, script } from './causes/cause.ts';
import { causes } from './causes.ts';
import { startWorld, type World } from './world.ts';

let world: World;
let webhook: Listener;
/** What the people who run the platform were told, oldest first. */
const told: string[] = [];
const watchPace = { everyMs: 1_000, holdMsOf: () => 0, overMsOf: () => 0, linesPerHourMax: 1_000 };
beforeAll(async () => {
  webhook = await listen(async (request) => {
    told.push(((await request.json()) as { text: string }).text);
    return new Response('ok');
  });
  const env = `JVAGENT_ALLOW_LOOPBACK=1\nJVAGENT_OPS_WEBHOOK=${webhook.url}\n`;
  const prepare = ({ root }: { root: string }) => writeFileSync(join(root, '.env'), env, { mode: 0o600 });
  world = await startWorld({ agents, script, prepare, isUnwatched: true, watchPace });
  // A platform trusts an agent as it sees it first.
  await world.lookedAround();
});
afterAll(async () => {
  await world.close();
  await webhook.close();
});

/** What a command prints, on both streams. */
async function jvagent(...args: string[]): Promise<string> {
  let said = '';
  const add = (text: string) => {
    said += text;
  };
  await runCommandLine(['--root', world.root, ...args], { out: add, err: add });
  return said;
}

const agentOf = ({ tenant = 'acme' }: Cause) => `codechange/${tenant}`;

/** The next first of January: nobody looks at a board before, and each agent a little later. */
const heartbeatAt = () => new Date(new Date().getFullYear() + 1, 0, 1).getTime();
const isBeat = (at: number | null) => at !== null && at >= heartbeatAt() && at <= heartbeatAt() + limits.beatDelayMsMax;

function expectNextLook(at: number | null, { nextLook }: Cause): void {
  if (nextLook === 'none') expect(at).toBeNull();
  else if (nextLook === 'heartbeat') expect(isBeat(at)).toBe(true);
  else {
    // Written to the minute in some places.
    expect(at).toBeGreaterThan(Date.now() - 120_000);
    expect(at).toBeLessThan(heartbeatAt());
  }
}

async function expectExplained(cause: Cause, id: number): Promise<void> {
  let seen: Standing | undefined;
  let text = '';
  const holds = async () => {
    seen = JSON.parse(await jvagent('explain', agentOf(cause), String(id), '--json'));
    text = await jvagent('explain', agentOf(cause), String(id));
    // While a turn runs there may be a reason, but nothing to do.
    return seen?.code === cause.code && cause.why.test(seen.why ?? '') && cause.fix.test(seen.fix ?? '');
  };
  await world.atRest(`${cause.name} in explain`, holds, cause.tenant).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(seen)}`);
  });
  expectNextLook(seen?.nextLookAt ?? null, cause);
  // There a sentence begins with a capital.
  expect(text).toMatch(new RegExp(cause.why, 'i'));
  expect(text).toMatch(cause.fix);
  if (cause.nextLook !== 'none') expect(text).toMatch(/^Next look: \d{4}-.* UTC\.$/m);
}

const headings = { needs: 'Needs a person', waits: 'Waits by itself' };

/** The lines under one heading of `status`. */
function under(text: string, heading: string): string {
  return text.split(`\n${heading}\n`)[1]?.split(/\n\n/)[0] ?? '';
}

async function expectInStatus({ status, why, fix, code, ...cause }: Cause, id: number): Promise<void> {
  if (status === 'board only') return;
  const agentId = agentOf({ ...cause, status, why, fix, code });
  const { needs, agents: all } = JSON.parse(await jvagent('status', '--json')) as PlatformStatus;
  const text = under(await jvagent('status'), headings[status.group]);
  const name = status.of === 'item' ? `${agentId} ${id}` : agentId;
  expect(text.split('\n').some((line) => line.startsWith(`  ${name}`) && why.test(line))).toBe(true);
  expect(text).toMatch(fix);
  const need = needs.find(
    (one) => one.agentId === agentId && one.code === code && one.workItemId === (status.of === 'item' ? id : undefined),
  );
  expect(need !== undefined).toBe(status.group === 'needs');
  if (need) expect([why.test(need.why), fix.test(need.fix)]).toEqual([true, true]);
  const agent = all.find((one) => one.id === agentId);
  if (status.of === 'agent') expect([agent?.code, why.test(agent?.why ?? '')]).toEqual([code, true]);
  expect(all.find((one) => one.id !== agentId && one.id.includes('/'))?.state).toMatch(/ready|running|paused/);
}

/** What the first page says in one of its groups, card by card. */
async function cardsOnPage(status: PlatformStatus, group: 'needs' | 'waits') {
  const viewer = { access: 'operate', path: '/', now: Date.now(), formToken: '' } as const;
  const elements = elementsIn(String(await statusPage.html(status, viewer)));
  const section = elements.find((one) => attribute(one, 'aria-labelledby') === group);
  const cards = section ? within(section).filter((one) => hasClass(one, 'card')) : [];
  return cards.map((card) => {
    const next = within(card).find((one) => hasClass(one, 'next'));
    const time = next && within(next).find(({ tagName }) => tagName === 'time');
    return {
      links: within(card).map((one) => attribute(one, 'href')),
      text: textWithAddresses(card),
      nextLookAt: time ? Date.parse(attribute(time, 'datetime') ?? '') : null,
    };
  });
}

/** The first page of the dashboard tells the same as `status`. */
async function expectOnPage({ status, why, fix, ...cause }: Cause, id: number): Promise<void> {
  if (status === 'board only') return;
  const { group, of } = status;
  const agentId = agentOf({ ...cause, status, why, fix });
  const workItemId = of === 'item' ? id : undefined;
  const told = JSON.parse(await jvagent('status', '--json')) as PlatformStatus;
  const isMeant = (one: { agentId: string; workItemId?: number }) =>
    one.agentId === agentId && one.workItemId === workItemId;
  const entry = told[group].find((one) => isMeant(one) && why.test(one.why ?? ''));
  const href = workItemId === undefined ? undefined : `/items/${agentId}/${workItemId}`;
  const name = told.platform.pausedAt === undefined ? agentId : 'The whole platform';
  const cards = await cardsOnPage(told, group);
  const card = cards.find(({ text, links }) =>
    [href === undefined ? text.startsWith(name) : links.includes(href), new RegExp(why, 'i').test(text)].every(Boolean),
  );
  expect(card?.text).toMatch(new RegExp(fix, 'i'));
  expect(card?.nextLookAt).toBe(entry?.nextLookAt);
}

async function expectInDryRun(cause: Cause, id: number): Promise<void> {
  const said = await jvagent('heartbeat', agentOf(cause), '--dry-run', '--json');
  // Faults of files stop the command itself.
  if (!said.startsWith('{')) {
    expect(said).toMatch(cause.why);
    expect(said).toMatch(cause.fix);
    return;
  }
  if (cause.isPlatformDown) return;
  const { stopped, items } = JSON.parse(said) as BoardPreview;
  const item = items.find(({ workItemId }) => workItemId === id);
  const told = [item, stopped].filter((one) => one && cause.why.test(one.why ?? '') && cause.fix.test(one.fix ?? ''));
  expect([item?.starts ?? false, told.length > 0 || cause.nextLook === 'heartbeat']).toEqual([false, true]);
  if (told.length === 0) expect(item).toBeUndefined();
}

async function expectOnItem({ onItem, tenant, name }: Cause, id: number): Promise<void> {
  const texts = async () => (await world.comments(id, tenant)).map(({ text }) => text);
  if (onItem === null) return expect(await texts()).toEqual([]);
  await world.eventually(`${name} on the work item`, async () => onItem.test((await texts()).join('\n')));
  const status = (await texts()).filter((text) => text.includes('[jv:status:'));
  expect(status).toHaveLength(1);
}

/** The same words as everywhere, of an alarm that came since the item was stopped. */
async function expectTold({ alarm, code, why, fix, ...cause }: Cause, id: number, since: number): Promise<void> {
  if (!alarm) return;
  const agentId = agentOf({ ...cause, code, why, fix });
  const name = `${agentId}${alarm.of === 'item' ? `, work item ${id}` : ''}: ${code}: `;
  const found = () => told.slice(since).find((text) => text.startsWith(name) && (alarm.why ?? why).test(text));
  await world
    .eventually(`${cause.name} in the ops channel`, () => found() !== undefined)
    .catch((error: unknown) => {
      throw new Error(`${String(error)}: ${told.slice(since).join('\n\n')}`);
    });
  expect(found()).toMatch(alarm.fix ?? fix);
  const [, next] = /Next look: (\S+ \S+) UTC\./.exec(found() ?? '') ?? [];
  expectNextLook(next === undefined ? null : Date.parse(`${next.replace(' ', 'T')}Z`), { ...cause, code, why, fix });
}

async function expectEverywhere(cause: Cause, id: number): Promise<void> {
  await expectExplained(cause, id);
  await expectInStatus(cause, id);
  await expectOnPage(cause, id);
  await expectInDryRun(cause, id);
  await expectOnItem(cause, id);
}

test.each(causes.map((cause) => [cause.name, cause] as const))('%s is told by every screen', async (_, cause) => {
  try {
    const since = told.length;
    const id = await cause.stop(world);
    await expectTold(cause, id, since);
    if (cause.isPlatformDown) await world.restart(() => expectEverywhere(cause, id));
    else await expectEverywhere(cause, id);
  } finally {
    await cause.end?.(world);
  }
});
