/** What every tracker promises, as cases over a world of its own: a board, its people, and what they do by hand. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PermitKind } from '../../src/work-items/gate/permit.ts';
import type { Tracker } from '../../src/work-items/tracker.ts';
import { factsOf, permit } from './connector-world.ts';

type Role = 'agent' | 'engineer';

/** `inside` is a part of our project, `namesake` another one whose name begins alike, `elsewhere` another project. */
type Place = 'root' | 'inside' | 'namesake' | 'elsewhere';

export interface TrackerWorld {
  /** The tracker as this person's token sees it, of the whole project or of a part of what stands there. */
  as(role: Role, view?: { inside?: true; types?: string[]; tag?: string }): Tracker;
  /** What the fields are called in writes. */
  fields: { title: string; text: string; tags: string };
  /** What people do, past the connector. */
  byHand: {
    /** A bug in the state New, made by the engineer; its id. */
    file(draft?: { text?: string; tags?: string[]; priority?: number; place?: Place }): Promise<number>;
    edit(workItemId: number, change: { state?: string; title?: string; text?: string }): Promise<void>;
    /** The agent changes the state as if the engineer did. */
    forge(workItemId: number, state: string): Promise<void>;
    remove(workItemId: number): Promise<void>;
    /** Says that it comes after the others. */
    putAfter(workItemId: number, others: number[]): Promise<void>;
    attach(workItemId: number, name: string, content: Uint8Array): Promise<void>;
    removeComment(workItemId: number, commentId: number): Promise<void>;
    linksOf(workItemId: number): Promise<string[]>;
    parentOf(workItemId: number): Promise<number | undefined>;
  };
  close(): Promise<void>;
}

const moving = (kind: PermitKind, workItemId: number, rev: number) => permit(kind, { workItemId, rev });
const reporting = (workItemId: number) => permit('report', { workItemId });

function readingCases(world: () => TrackerWorld): void {
  test('our own account and the author of an item can be recognized', async () => {
    const [agent, engineer] = [world().as('agent'), world().as('engineer')];
    const id = await world().byHand.file();
    const [me, other, tile] = await Promise.all([agent.me(), engineer.me(), agent.tile(id)]);
    expect(me.id).not.toBe(other.id);
    expect(me.mail).toBe('agent@acme.test');
    expect(tile?.createdBy.id).toBe(other.id);
    expect(tile?.changedBy?.id).toBe(other.id);
  });

  test('a tile shows what people want, its tags, its urgency, and where people see it', async () => {
    const id = await world().byHand.file({ text: 'It breaks', tags: ['security', 'jvagent'], priority: 1 });
    const tracker = world().as('agent');
    const tile = await tracker.tile(id);
    expect(tile).toMatchObject({ workItemId: id, rev: 1, state: 'New', type: 'Bug', title: 'Guard keys', priority: 1 });
    expect([...(tile?.tags ?? [])].sort()).toEqual(['jvagent', 'security']);
    expect(
      Object.values(tile?.content ?? {})
        .map(({ text }) => text)
        .sort(),
    ).toEqual(['Guard keys', 'It breaks']);
    expect(tile?.contentHash).toMatch(/^[0-9a-f]{64}$/);
    expect(tracker.pageOf(id)).toMatch(new RegExp(`^https?://.*\\b${id}$`));
  });

  test('the content hash changes only with words and files', async () => {
    const id = await world().byHand.file({ text: 'one' });
    const hash = async () => (await world().as('agent').tile(id))?.contentHash;
    const first = await hash();
    await world().byHand.edit(id, { state: 'Planning' });
    await world().as('engineer').addComment(reporting(id), id, 'seen');
    expect(await hash()).toBe(first);
    await world().byHand.edit(id, { text: 'two' });
    const second = await hash();
    expect(second).not.toBe(first);
    await world().byHand.attach(id, 'a.txt', Buffer.from('a'));
    expect(await hash()).not.toBe(second);
  });

  test('items that are gone, in another project or in another area are not there', async () => {
    const { file, remove } = world().byHand;
    const tracker = world().as('agent', { inside: true });
    const inside = await file({ place: 'inside' });
    const others = [await file({ place: 'namesake' }), await file(), await file({ place: 'elsewhere' })];
    const removed = await file({ place: 'inside' });
    await remove(removed);
    expect(await tracker.tile(inside)).toBeDefined();
    for (const id of [...others, removed, 99_999]) {
      expect(await tracker.tile(id), `${id}`).toBeUndefined();
      expect(await tracker.lastStateChange(id)).toBeUndefined();
      expect(await tracker.comments(id)).toEqual([]);
    }
    const asked = [removed, ...others, inside, 99_999];
    expect((await tracker.summaries(asked)).map(({ workItemId }) => workItemId)).toEqual([inside]);
    expect((await tracker.tiles(asked)).map(({ workItemId }) => workItemId)).toEqual([inside]);
    const found = await tracker.changedSince(undefined, ['New']);
    expect(found).toContain(inside);
    expect(found.filter((id) => others.includes(id) || id === removed)).toEqual([]);
  });

  test('changes are found by time, state, type and tag', async () => {
    const before = await world().byHand.file();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const since = Date.now();
    const after = await world().byHand.file({ tags: ['jvagent'] });
    const tracker = world().as('agent');
    expect(await tracker.changedSince(since, ['New'])).toEqual([after]);
    await world().byHand.edit(before, { state: 'Approved' });
    expect(await tracker.changedSince(since, [])).toEqual([before, after]);
    expect(await tracker.changedSince(undefined, ['Approved'])).toContain(before);
    expect(await tracker.changedSince(undefined, [])).toEqual([]);
    const narrow = world().as('agent', { tag: 'jvagent', types: ['Bug', "It's odd"] });
    expect(await narrow.changedSince(since, ['New'])).toEqual([after]);
    expect(
      await world()
        .as('agent', { types: ['Task'] })
        .changedSince(since, ['New']),
    ).toEqual([]);
  });

  test('many come in the requested order, each whole tile the same as alone', async () => {
    const ids = [await world().byHand.file({ text: 'why' }), await world().byHand.file({ tags: ['a', 'b'] })].reverse();
    const tracker = world().as('agent');
    const alone = await Promise.all(ids.map((id) => tracker.tile(id)));
    expect(await tracker.tiles(ids)).toEqual(alone);
    const summaries = await tracker.summaries(ids);
    expect(summaries.map(({ workItemId }) => workItemId)).toEqual(ids);
    expect(summaries[0]).toMatchObject({ rev: 1, type: 'Bug', state: 'New', tags: ['a', 'b'] });
  });

  test('open predecessors are found in any area; a deleted one blocks nobody', async () => {
    const { file, edit, putAfter } = world().byHand;
    const [open, over, elsewhere, id] = [await file(), await file(), await file({ place: 'elsewhere' }), await file()];
    await edit(over, { state: 'Deployed' });
    await putAfter(id, [open, over]);
    const tracker = world().as('agent');
    expect((await tracker.tile(id))?.predecessors).toEqual([open, over]);
    const unfinished = await tracker.unfinished([open, over, elsewhere, 99_999]);
    expect(unfinished).toEqual([open, elsewhere].map((workItemId) => ({ workItemId, state: 'New' })));
    const many = [...Array.from({ length: 250 }, (_, n) => 100_000 + n), open];
    expect(await tracker.unfinished(many)).toEqual([{ workItemId: open, state: 'New' }]);
    expect(await tracker.unfinished([])).toEqual([]);
  });

  test('attachments are listed by name and size, and read byte by byte', async () => {
    const id = await world().byHand.file();
    const content = Buffer.from([0x89, 0x50, 0xef, 0xbb, 0xbf, 0, 255]);
    await world().byHand.attach(id, 'trace.log', content);
    const tracker = world().as('agent');
    const [attachment] = (await tracker.tile(id))?.attachments ?? [];
    if (!attachment) throw new Error('it has no attachment');
    expect(attachment).toMatchObject({ name: 'trace.log', bytes: content.length });
    expect(Buffer.from(await tracker.attachment(attachment))).toEqual(content);
    const lost = { ...attachment, id: '0f0f0f0f-1111-4222-8333-444444444444' };
    expect(await factsOf(tracker.attachment(lost))).toMatchObject({ kind: 'missing' });
  });

  test('states of a type, which of them mean done, and what the token sees are known before any item', async () => {
    const tracker = world().as('agent');
    expect((await tracker.stateNames()).get('Bug')?.slice(0, 4)).toEqual(['New', 'Planning', 'Plan Ready', 'Approved']);
    const isDone = (state: string) => tracker.isDone({ type: 'Bug', state });
    expect([await isDone('Deployed'), await isDone('Removed'), await isDone('New')]).toEqual([true, false, false]);
    expect(await tracker.projectsSeen()).toContain('AcmeImplementation');
    expect((await tracker.fieldNames()).get('Bug')?.length).toBeGreaterThan(1);
    expect(await tracker.mayCreateTags()).toBe(true);
    expect(await tracker.areas()).toContain('AcmeImplementation');
    const [team = ''] = await tracker.teams();
    expect(await tracker.boardsOf(team)).toContain('Stories');
  });
}

function lookupCases(world: () => TrackerWorld): void {
  test('a tag exists once a work item has it, and people are found by mail address and by id', async () => {
    await world().byHand.file({ tags: ['looked-up'] });
    const [tracker, engineer] = [world().as('agent'), await world().as('engineer').me()];
    expect(await tracker.tags()).toContain('looked-up');
    for (const text of [engineer.mail, engineer.id]) {
      expect(await tracker.accounts(text)).toMatchObject([{ id: engineer.id, isGroup: false }]);
    }
    expect(await tracker.accounts('nobody@acme.test')).toEqual([]);
  });
}

function changeCases(world: () => TrackerWorld): void {
  test('the last change of state names its author in three places, whatever came after it', async () => {
    const id = await world().byHand.file();
    const [engineer, tracker] = [(await world().as('engineer').me()).id, world().as('agent')];
    await world().byHand.edit(id, { state: 'Approved' });
    await world().byHand.edit(id, { title: 'Better' });
    await tracker.addComment(reporting(id), id, 'seen');
    const change = await tracker.lastStateChange(id);
    expect(change).toMatchObject({ state: 'Approved', rev: 2 });
    expect([change?.by.id, change?.shownAs.id, change?.signedInAs.id]).toEqual([engineer, engineer, engineer]);
    expect(change?.at).toBeGreaterThan(Date.now() - 60_000);
    expect(change).not.toHaveProperty('otherRev');
  });

  test('our move names the last revision by somebody else before it', async () => {
    const id = await world().byHand.file();
    const tracker = world().as('agent');
    await world().byHand.edit(id, { state: 'Approved' });
    await tracker.move(moving('execute', id, 2), id, { rev: 2, state: 'In Progress' });
    await tracker.move(moving('report', id, 3), id, { rev: 3, state: 'PR Created' });
    const change = await tracker.lastStateChange(id);
    expect(change).toMatchObject({ rev: 4, state: 'PR Created', otherRev: 2, by: { mail: 'agent@acme.test' } });
    const decision = await tracker.stateChange(id, 2);
    expect(decision).toMatchObject({ rev: 2, state: 'Approved', by: { id: (await world().as('engineer').me()).id } });
    expect(await tracker.stateChange(id, 3)).toMatchObject({ rev: 3, state: 'In Progress', otherRev: 2 });
    expect(await tracker.stateChange(id, 99)).toBeUndefined();
  });

  test('a forged author is distinguished from the signed-in one', async () => {
    const id = await world().byHand.file();
    await world().byHand.forge(id, 'Approved');
    const change = await world().as('agent').lastStateChange(id);
    expect([change?.shownAs.mail, change?.signedInAs.mail]).toEqual(['engineer@acme.test', 'agent@acme.test']);
  });
}

function moveCases(world: () => TrackerWorld): void {
  test('a write to what is not ours is refused', async () => {
    const { file } = world().byHand;
    const inside = world().as('agent', { inside: true });
    for (const [tracker, id] of [
      [world().as('agent'), await file({ place: 'elsewhere' })],
      [inside, await file()],
    ] as const) {
      const facts = await factsOf(tracker.move(moving('report', id, 1), id, { rev: 1, state: 'Planning' }));
      expect(facts).toMatchObject({ kind: 'refused', typeKey: 'GATE_TENANT' });
      expect(await factsOf(tracker.addComment(reporting(id), id, 'x'))).toMatchObject({ typeKey: 'GATE_TENANT' });
    }
  });

  test('a move sets state, tags and fields at once and answers the new revision', async () => {
    const id = await world().byHand.file({ tags: ['people', 'jv:intake'] });
    const tracker = world().as('agent');
    const fields = { [world().fields.title]: 'Better' };
    const move = { rev: 1, state: 'Planning', tags: ['people', 'jv:planning'], fields };
    expect(await tracker.move(moving('claim-plan', id, 1), id, move)).toEqual({ rev: 2 });
    const tile = await tracker.tile(id);
    expect(tile).toMatchObject({ rev: 2, state: 'Planning', title: 'Better', changedBy: { mail: 'agent@acme.test' } });
    expect([...(tile?.tags ?? [])].sort()).toEqual(['jv:planning', 'people']);
  });

  test('a move of a tile that somebody moved meanwhile is a conflict and changes nothing', async () => {
    const id = await world().byHand.file();
    await world().byHand.edit(id, { state: 'Planning' });
    const tracker = world().as('agent');
    const facts = await factsOf(tracker.move(moving('execute', id, 1), id, { rev: 1, state: 'In Progress' }));
    expect(facts).toMatchObject({ kind: 'conflict' });
    expect(await tracker.tile(id)).toMatchObject({ rev: 2, state: 'Planning' });
  });

  test('a state that does not exist is refused in the words of the other side', async () => {
    const id = await world().byHand.file();
    const move = world()
      .as('agent')
      .move(moving('execute', id, 1), id, { rev: 1, state: 'Nonsense' });
    const facts = await factsOf(move);
    expect(facts).toMatchObject({ kind: 'refused' });
    expect(facts.message).toContain('Nonsense');
  });

  test('a permit for another item, revision, tenant or kind, or one that was used, moves nothing', async () => {
    const id = await world().byHand.file();
    const move = { rev: 1, state: 'Planning' };
    const tracker = world().as('agent');
    for (const wrong of [{ workItemId: id + 1 }, { workItemId: id, rev: 2 }, { workItemId: id, tenant: 'globex/P' }]) {
      expect(await factsOf(tracker.move(permit('report', wrong), id, move))).toMatchObject({ typeKey: 'GATE_TENANT' });
    }
    expect(await factsOf(tracker.move(moving('deploy', id, 1), id, move))).toMatchObject({ typeKey: 'GATE_TENANT' });
    expect((await tracker.tile(id))?.rev).toBe(1);
    const once = reporting(id);
    await tracker.addComment(once, id, 'x');
    expect(await factsOf(tracker.addComment(once, id, 'y'))).toMatchObject({ typeKey: 'GATE_UNVERIFIABLE' });
    expect(await tracker.comments(id)).toHaveLength(1);
  });
}

function wordCases(world: () => TrackerWorld): void {
  test('comments are written, edited to a next version, and read oldest first without the removed ones', async () => {
    const id = await world().byHand.file();
    const tracker = world().as('agent');
    const made = await tracker.addComment(permit('post-plan', { workItemId: id }), id, '### Plan\n\n[jv:plan:00]');
    expect(made).toMatchObject({ version: 1, isDeleted: false, by: { mail: 'agent@acme.test' } });
    await world().as('engineer').addComment(reporting(id), id, 'too long');
    const edited = await tracker.editComment(reporting(id), id, made.commentId, 'now shorter');
    expect(edited).toMatchObject({ commentId: made.commentId, version: 2 });
    const comments = await tracker.comments(id);
    expect(comments.map(({ by, text, version }) => [by.mail, text, version])).toEqual([
      ['agent@acme.test', 'now shorter', 2],
      ['engineer@acme.test', 'too long', 1],
    ]);
    await world().byHand.removeComment(id, made.commentId);
    expect((await tracker.comments(id)).map(({ text }) => text)).toEqual(['too long']);
  });

  test('a child is linked below its parent, in its area, and is found by its tag', async () => {
    const { byHand, fields: names } = world();
    const parent = await byHand.file({ place: 'inside' });
    const tracker = world().as('agent', { inside: true });
    const fields = { [names.title]: 'A part', [names.tags]: 'ui' };
    const draft = { type: 'Task', fields, tag: 'jv:child-4f' };
    const { workItemId } = await tracker.createChild(permit('execute', { workItemId: parent }), draft);
    const child = await tracker.tile(workItemId);
    expect(child).toMatchObject({ type: 'Task', title: 'A part' });
    expect([...(child?.tags ?? [])].sort()).toEqual(['jv:child-4f', 'ui']);
    expect(await byHand.parentOf(workItemId)).toBe(parent);
    expect(await tracker.tagged('jv:child-4f')).toEqual([workItemId]);
    expect(await tracker.tagged('jv:child-4')).toEqual([]);
  });

  test('an existing link counts as success', async () => {
    const id = await world().byHand.file();
    const url = 'https://github.com/acme/app/pull/3';
    const tracker = world().as('agent');
    await tracker.link(moving('report', id, 1), id, 1, url, 'Pull request');
    await tracker.link(moving('report', id, 2), id, 2, url, 'Pull request');
    expect(await world().byHand.linksOf(id)).toEqual([url]);
  });
}

export function trackerCases(name: string, start: () => Promise<TrackerWorld>): void {
  describe(name, () => {
    let world: TrackerWorld;
    beforeAll(async () => {
      world = await start();
    });
    afterAll(() => world.close());
    const current = () => world;
    describe('reads', () => readingCases(current));
    describe('what is asked before any item', () => lookupCases(current));
    describe('changes of state', () => changeCases(current));
    describe('moves', () => moveCases(current));
    describe('words, children and links', () => wordCases(current));
  });
}
