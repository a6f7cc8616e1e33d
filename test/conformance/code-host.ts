/** What every code host promises, as cases over a world of its own: a repository, its people, and what they do by hand. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Faults, Target } from '../../emulators/control/faults.ts';
import type { CodeHost } from '../../src/work-items/code-host.ts';
import { factsOf, permit } from './connector-world.ts';

/** `guest` may talk on pull requests and nothing else; `dead` is a token of nobody. */
export type Role = 'agent' | 'engineer' | 'guest' | 'reader' | 'other-tenant' | 'dead';

export interface CodeHostWorld {
  target: Target;
  faults: Faults;
  /** The host as this person's token sees it; with a folder, answers are kept there. */
  as(role: Role, answersFolder?: string): CodeHost;
  /** What the host calls somebody. */
  nameOf(role: 'agent' | 'engineer' | 'guest'): string;
  /** Pushes one commit on top of `from` to the branch; its sha. */
  push(branch: string, from?: string, role?: 'agent' | 'engineer'): Promise<string>;
  shaOf(branch: string): Promise<string>;
  /** What people do, past the connector. */
  byHand: {
    open(branch: string): Promise<number>;
    publish(number: number): Promise<void>;
    /** Resolves when the merge is done. */
    merge(number: number, how: 'merge' | 'squash' | 'rebase'): Promise<void>;
    close(number: number): Promise<void>;
    retarget(number: number, base: string): Promise<void>;
    comment(number: number, role: 'engineer' | 'guest', text: string): Promise<void>;
    requestChanges(number: number, text: string): Promise<void>;
    approve(number: number): Promise<void>;
    /** A program's word on the pull request's head, which is read unless `at` says it. */
    check(
      number: number,
      name: string,
      state: 'pending' | 'passed' | 'failed',
      summary: string,
      at?: string,
    ): Promise<void>;
  };
  close(): Promise<void>;
}

const base = 'customer/acme';
export const openPermit = (branch: string, sha: string) => permit('open-pr', { branch, sha });
export const draftOf = (branch: string, sha: string) => ({
  branch,
  sha,
  base,
  title: `fix: ${branch}`,
  body: 'why',
  draft: true,
});

/** A pushed branch with its pull request, opened by hand. */
async function opened(world: CodeHostWorld, branch: string) {
  const sha = await world.push(branch);
  return { sha, number: await world.byHand.open(branch), host: world.as('agent') };
}

function openingCases(world: () => CodeHostWorld): void {
  test('a pull request is opened once, found again, and knows its head', async () => {
    const host = world().as('agent');
    const branch = 'agent/7-guard';
    expect(await host.me()).toBe(world().nameOf('agent'));
    expect(await host.find(branch, base)).toBeUndefined();
    const sha = await world().push(branch);
    const pull = await host.open(openPermit(branch, sha), draftOf(branch, sha));
    expect(pull).toMatchObject({ state: 'open', draft: true, branch, base, headSha: sha });
    expect(pull).not.toHaveProperty('mergedSha');
    expect(await host.find(branch, base)).toEqual(pull);
    expect(await host.find(branch, 'main')).toBeUndefined();
    expect(await host.open(openPermit(branch, sha), draftOf(branch, sha))).toEqual(pull);
    await world().byHand.publish(pull.number);
    expect(await host.get(pull.number)).toEqual({ ...pull, draft: false });
  });

  test('a pull request of a branch that does not exist is refused', async () => {
    const draft = draftOf('agent/6-nothing', 'c');
    const facts = await factsOf(world().as('agent').open(openPermit(draft.branch, 'c'), draft));
    expect(facts).toMatchObject({ kind: 'refused' });
  });

  test('a permit for another branch or commit, or of another kind, opens nothing', async () => {
    const host = world().as('agent');
    for (const wrong of [openPermit('b', 'other'), permit('push', { branch: 'b', sha: 'c' })]) {
      expect(await factsOf(host.open(wrong, draftOf('b', 'c')))).toMatchObject({
        kind: 'refused',
        typeKey: 'GATE_TENANT',
      });
    }
  });

  test('a lost answer to open is not sent again; find shows that it was done', async () => {
    const { faults, target } = world();
    const branch = 'agent/12-lost';
    const sha = await world().push(branch);
    const before = faults.requests().length;
    faults.add({
      target,
      match: { method: 'POST', path: '/pull(requests|s)(\\?|$)' },
      times: 1,
      do: { dropAnswer: true, afterCommit: true },
    });
    const facts = await factsOf(world().as('agent').open(openPermit(branch, sha), draftOf(branch, sha)));
    expect(facts).toMatchObject({ kind: 'unreachable', maybeDone: true });
    const sent = faults.requests().slice(before);
    expect(sent.filter(({ method, path }) => method === 'POST' && !path.includes('git-'))).toHaveLength(1);
    expect(await world().as('agent').find(branch, base)).toMatchObject({ state: 'open', headSha: sha });
  });
}

function endingCases(world: () => CodeHostWorld): void {
  test.each(['merge', 'squash', 'rebase'] as const)('merged by %s is merged, with the commit it left', async (how) => {
    const { number, host, sha } = await opened(world(), `agent/8-${how}`);
    await world().byHand.merge(number, how);
    const pull = await host.get(number);
    const mergedSha = await world().shaOf(base);
    expect(pull).toMatchObject({ state: 'merged', mergedBy: world().nameOf('engineer'), mergedSha, headSha: sha });
    expect(Math.abs((pull.mergedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await host.find(`agent/8-${how}`, base)).toEqual(pull);
  });

  test('the merger has the same name as the account reports for itself', async () => {
    const { number, host } = await opened(world(), 'agent/8-merged-by');
    await world().byHand.merge(number, 'merge');
    const { mergedBy } = await host.get(number);
    expect(mergedBy).toBe(await world().as('engineer').me());
    expect(mergedBy).not.toBe(await host.me());
  });

  test('a pull request closed without a merge is closed, and has no merged commit', async () => {
    const { number, host } = await opened(world(), 'agent/9-closed');
    await world().byHand.close(number);
    const closed = await host.get(number);
    expect(closed.state).toBe('closed');
    expect(closed).not.toHaveProperty('mergedSha');
    expect(closed).not.toHaveProperty('mergedBy');
  });

  test('the newest of several for one branch is found, and an open one after a closed one', async () => {
    const { number, host } = await opened(world(), 'agent/13-again');
    await world().byHand.close(number);
    expect(await host.find('agent/13-again', base)).toMatchObject({ number, state: 'closed' });
    const second = await world().byHand.open('agent/13-again');
    expect(await host.find('agent/13-again', base)).toMatchObject({ number: second, state: 'open' });
  });

  test('one that people retargeted says so, and is not found for our base', async () => {
    const { number, host } = await opened(world(), 'agent/14-turned');
    await world().byHand.retarget(number, 'main');
    expect(await host.get(number)).toMatchObject({ base: 'main', state: 'open' });
    expect(await host.find('agent/14-turned', base)).toBeUndefined();
  });
}

function peopleCases(world: () => CodeHostWorld): void {
  test("people's commits on our branch are its head", async () => {
    const { number, host } = await opened(world(), 'agent/15-helped');
    const sha = await world().push('agent/15-helped', 'agent/15-helped', 'engineer');
    expect(await host.get(number)).toMatchObject({ headSha: sha, state: 'open' });
  });

  test('comments come oldest first, with whether their authors may steer', async () => {
    const { number, host } = await opened(world(), 'agent/10-said');
    const { comment, requestChanges, approve } = world().byHand;
    await comment(number, 'guest', 'mine is better');
    await comment(number, 'engineer', 'please rename');
    await requestChanges(number, 'no tests');
    await approve(number);
    const notes = await host.notes(number);
    expect(notes.map(({ at }) => at)).toEqual(notes.map(({ at }) => at).sort((a, b) => a - b));
    expect(new Set(notes.map(({ id }) => id)).size).toBe(notes.length);
    const said = notes.map(({ kind, by, text, maySteer }) => ({ kind, by, text, maySteer }));
    const [guest, engineer] = [world().nameOf('guest'), world().nameOf('engineer')];
    expect(said).toContainEqual({ kind: 'comment', by: guest, text: 'mine is better', maySteer: false });
    expect(said).toContainEqual({ kind: 'comment', by: engineer, text: 'please rename', maySteer: true });
    expect(said.filter(({ by }) => by === engineer).every(({ maySteer }) => maySteer)).toBe(true);
    expect(said.some(({ text }) => text === 'no tests')).toBe(true);
    const verdicts = said.filter(({ kind }) => kind !== 'comment').map(({ kind, by }) => [kind, by]);
    expect(verdicts.sort()).toEqual([
      ['approved', engineer],
      ['changes-requested', engineer],
    ]);
  });

  test('only checks of the head count, and the newest of each name', async () => {
    const { number, host } = await opened(world(), 'agent/17-checked');
    const checks = async () => (await host.checks(await host.get(number))).map(({ name, state }) => [name, state]);
    expect(await checks()).toEqual([]);
    const { check } = world().byHand;
    await check(number, 'build', 'pending', 'on its way');
    await check(number, 'build', 'failed', '3 of 40 tests failed');
    await check(number, 'lint', 'passed', 'clean');
    expect((await checks()).sort()).toEqual([
      ['build', 'failed'],
      ['lint', 'passed'],
    ]);
    const [build] = (await host.checks(await host.get(number))).filter(({ name }) => name === 'build');
    expect(build?.summary).toContain('3 of 40 tests failed');
    await world().push('agent/17-checked', 'agent/17-checked', 'engineer');
    expect(await checks()).toEqual([]);
    await check(number, 'build', 'passed', 'all well');
    expect(await checks()).toEqual([['build', 'passed']]);
  });

  test('a missing thing, a dead token, a missing right and another tenant are distinguished', async () => {
    const { number } = await opened(world(), 'agent/11-rights');
    expect(await factsOf(world().as('agent').get(999))).toMatchObject({ kind: 'missing', status: 404 });
    expect(await factsOf(world().as('dead').get(number))).toMatchObject({ kind: 'auth', status: 401 });
    const sha = await world().push('agent/16-read');
    const reading = world().as('reader');
    const refused = await factsOf(reading.open(openPermit('agent/16-read', sha), draftOf('agent/16-read', sha)));
    expect(refused).toMatchObject({ kind: 'auth', status: 403 });
    const stranger = await factsOf(world().as('other-tenant').get(number));
    expect(['missing', 'auth']).toContain(stranger.kind);
  });

  test('a limit on a write is reported, not waited for; a failing read is tried again', async () => {
    const { faults, target } = world();
    const headers = { 'retry-after': '60' };
    const body = { message: 'You have exceeded a secondary rate limit' };
    faults.add({ target, match: { method: 'POST' }, times: 1, do: { status: 429, headers, body } });
    const facts = await factsOf(world().as('agent').open(openPermit('b', 'c'), draftOf('b', 'c')));
    expect(facts).toMatchObject({ kind: 'limited', retryAfterMs: 60_000 });
    faults.add({ target, match: { path: '/(user|connectionData)' }, times: 1, do: { status: 502, body: {} } });
    expect(await world().as('agent').me()).toBe(world().nameOf('agent'));
  });
}

function extrasCases(world: () => CodeHostWorld): void {
  const toLabel = (pullRequest: number) => permit('label-pr', { pullRequest });
  const toAsk = (pullRequest: number) => permit('ask-review', { pullRequest });

  test('a label and a reviewer are set on a pull request, and found again in any case of their letters', async () => {
    const { number, host } = await opened(world(), 'agent/18-extras');
    const engineer = world().nameOf('engineer');
    expect([await host.hasLabel(number, 'Agent'), await host.isReviewer(number, engineer)]).toEqual([false, false]);
    await host.addLabel(toLabel(number), number, 'Agent');
    await host.addLabel(toLabel(number), number, 'needs: QA');
    await host.addReviewer(toAsk(number), number, engineer);
    for (const label of ['agent', 'Needs: QA']) expect(await host.hasLabel(number, label), label).toBe(true);
    expect(await host.isReviewer(number, engineer.toUpperCase())).toBe(true);
    expect(await host.isReviewer(number, world().nameOf('guest'))).toBe(false);
  });

  test('somebody whom the host does not know is refused by name, and the pull request stays open', async () => {
    const { number, host } = await opened(world(), 'agent/19-nobody');
    const facts = await factsOf(host.addReviewer(toAsk(number), number, 'nobody-here'));
    expect(facts).toMatchObject({ kind: 'refused', message: expect.stringContaining('nobody-here') });
    expect(await host.get(number)).toMatchObject({ state: 'open' });
  });

  test('a token that may only read sets no label and asks nobody', async () => {
    const { number } = await opened(world(), 'agent/20-may-read');
    const reading = world().as('reader');
    const lacks = { kind: 'auth', status: 403 };
    expect(await factsOf(reading.addLabel(toLabel(number), number, 'agent'))).toMatchObject(lacks);
    const engineer = world().nameOf('engineer');
    expect(await factsOf(reading.addReviewer(toAsk(number), number, engineer))).toMatchObject(lacks);
  });

  test('a permit for another pull request, or to open one, sets no label and asks nobody', async () => {
    const { number, host } = await opened(world(), 'agent/21-other-permit');
    const engineer = world().nameOf('engineer');
    for (const write of [
      () => host.addLabel(toLabel(number + 1), number, 'agent'),
      () => host.addLabel(toAsk(number), number, 'agent'),
      () => host.addReviewer(toAsk(number + 1), number, engineer),
      () => host.addReviewer(permit('open-pr', { pullRequest: number }), number, engineer),
    ]) {
      expect(await factsOf(write())).toMatchObject({ kind: 'refused', typeKey: 'GATE_TENANT' });
    }
    expect([await host.hasLabel(number, 'agent'), await host.isReviewer(number, engineer)]).toEqual([false, false]);
  });
}

/** The cases, and further ones of the host's own over the same world. */
export function codeHostCases(name: string, start: () => Promise<CodeHostWorld>): void {
  describe(name, () => {
    let current: CodeHostWorld | undefined;
    const world = () => {
      if (!current) throw new Error('the world is not started');
      return current;
    };
    beforeAll(async () => {
      current = await start();
    });
    afterAll(() => current?.close());
    for (const cases of [openingCases, endingCases, peopleCases, extrasCases]) cases(world);
  });
}
