import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Fault, RecordedRequest } from '../../emulators/control/faults.ts';
import { globexPlans, requestsOf, startBeside, whyAcmeWaits } from './beside.ts';
import { beats } from './look.ts';
import type { World } from './world.ts';

let world: World;
/** How much the agent had asked for when the test began. */
let askedBefore: number;
beforeAll(async () => {
  world = await startBeside();
});
beforeEach(() => {
  askedBefore = requestsOf(world, 'acme').length;
});
afterEach(() => world.emulators.faults.clear());
afterAll(() => world.close());

/** Strikes acme's board alone. */
const onBoard = (fault: Omit<Fault, 'target' | 'tenant'>): Fault => ({
  target: 'azureDevOps',
  tenant: 'acme',
  ...fault,
});

/** What the agent asked of its board in this test, oldest first. */
const asked = () =>
  requestsOf(world, 'acme')
    .slice(askedBefore)
    .filter(({ target }) => target === 'azureDevOps');
const isMove = ({ method, path }: RecordedRequest) => method === 'PATCH' && !path.includes('/comments/');

/** What was asked in the time for which an answer wanted quiet; what was on its way by then does not count. */
function askedDuring(seconds: number, isAnswer: (request: RecordedRequest) => boolean): string[] {
  const requests = asked();
  const from = Date.parse(requests.find(isAnswer)?.at ?? '');
  expect(from).toBeGreaterThan(0);
  const ages = requests.map(({ at, method, path }) => ({ age: Date.parse(at) - from, what: `${method} ${path}` }));
  expect(ages.at(-1)?.age).toBeGreaterThan(seconds * 1_000);
  return ages.filter(({ age }) => age > 1_000 && age < seconds * 1_000 - 100).map(({ what }) => what);
}

test('a dead PAT stops its agent and names the board; a new one lets it continue', async () => {
  const file = join(world.root, 'codechange/acme/secrets.env');
  const sound = readFileSync(file, 'utf8');
  writeFileSync(file, sound.replace(/AZDO_PAT=.*/, 'AZDO_PAT=expired-long-ago'), { mode: 0o600 });
  await whyAcmeWaits(world, 'OUTSIDE_AUTH');
  const id = await world.fileBug();
  await Promise.all([beats(world), globexPlans(world)]);
  const waits = await whyAcmeWaits(world, 'OUTSIDE_AUTH');
  expect(waits.why).toMatch(/^Azure DevOps \(acme\): .* answered 401/);
  expect(waits.why).not.toContain('expired-long-ago');
  expect(waits.fix).toBe('Replace AZDO_PAT in codechange/acme/secrets.env: the token is wrong, expired or revoked.');
  expect(await world.session(id)).toBeUndefined();
  writeFileSync(file, sound, { mode: 0o600 });
  await world.until(id, 'plan-ready');
});

test('a 429 on a move is waited for as long as it says, reported, and the move then done once', async () => {
  world.fault(onBoard({ match: { method: 'PATCH' }, times: 1, do: { status: 429, headers: { 'retry-after': '3' } } }));
  const id = await world.fileBug();
  const [waits] = await Promise.all([whyAcmeWaits(world, 'OUTSIDE_LIMITED', id), globexPlans(world)]);
  expect(waits.why).toMatch(/^Azure DevOps \(acme\): PATCH .* answered 429/);
  await world.until(id, 'plan-ready');
  expect(askedDuring(3, ({ status }) => status === 429)).toEqual([]);
  // One refused, then the claim and the plan's own move.
  expect(
    asked()
      .filter(isMove)
      .map(({ status }) => status),
  ).toEqual([429, 200, 200]);
});

test('a Retry-After on a good answer keeps the agent quiet before it is refused anything', async () => {
  const id = await world.fileBug();
  const path = `workItems/${id}\\?`;
  world.fault(onBoard({ match: { method: 'GET', path }, times: 1, do: { headers: { 'retry-after': '3' } } }));
  await world.until(id, 'plan-ready');
  const isFirst = ({ path: asks }: RecordedRequest) => new RegExp(path, 'i').test(asks);
  expect(askedDuring(3, isFirst)).toEqual([]);
});

test.each([
  [412, 'TestPatchOperationFailedException'],
  [409, 'WorkItemRevisionMismatchException'],
])('a tile that someone changed in between (%d) is read again and moved once', async (status, typeKey) => {
  const body = { message: 'VS403208: the work item was changed', typeKey };
  world.fault(onBoard({ match: { method: 'PATCH' }, times: 1, do: { status, body } }));
  const id = await world.fileBug();
  const { waits } = await world.until(id, 'plan-ready');
  expect(waits).toBeUndefined();
  const requests = asked();
  const refusedAt = requests.findIndex(isMove);
  const movedAt = requests.findIndex((request, at) => at > refusedAt && isMove(request));
  expect(
    requests.slice(refusedAt, movedAt).some(({ method, path }) => method === 'GET' && /expand=all/.test(path)),
  ).toBe(true);
  expect(requests.filter(isMove).map((request) => request.status)).toEqual([status, 200, 200]);
});

test('a sign-in page in place of an answer is a dead token too, never an empty board', async () => {
  const id = await world.fileBug();
  await world.until(id, 'plan-ready');
  await world.engineer().move(id, 'Approved');
  const page = { status: 203, headers: { 'content-type': 'text/html' }, body: '<html>Sign in to your account</html>' };
  world.fault(onBoard({ do: page }));
  const waits = await whyAcmeWaits(world, 'OUTSIDE_AUTH');
  expect(waits.why).toMatch(/^Azure DevOps \(acme\): .* answered 203 with a sign-in page instead of JSON$/);
  expect(world.branches()).toEqual(['customer/acme', 'main']);
  world.emulators.faults.clear();
  await world.until(id, 'pr-created');
});
