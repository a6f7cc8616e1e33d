import { describe, expect, it } from 'vitest';
import type { MemoryFolder } from '../../src/agents/memory-folder.ts';
import { limits } from '../../src/limits.ts';
import type { TurnKey } from '../../src/store/fence.ts';
import { acme, claimOptions, granted, openTestStore } from './fixture.ts';
import { changeRows } from './test-database.ts';

/** A folder of notes that a person edits by `files`. */
function folderWith(files: Record<string, string> = {}) {
  const refused: { file: string; why: string }[] = [];
  const folder: MemoryFolder = {
    read: () => ({ files: Object.entries(files).map(([file, text]) => ({ file, text })), refused }),
    write: ({ file, text }) => {
      if (text === '') delete files[file];
      else files[file] = text;
    },
  };
  return { files, refused, folder };
}

async function begin(files: Record<string, string> = {}) {
  const { store, ...database } = await openTestStore();
  const disk = folderWith(files);
  const turnOf = async (sessionId: string): Promise<TurnKey> => {
    const session = { agentId: acme, sessionId };
    await store.sessions.ensure(session as never);
    const { epoch, claimId } = granted(await store.sessions.claim({ ...claimOptions, ...session }));
    return { ...session, epoch, claimId };
  };
  const seenBy = async (sessionId: string) => {
    const notes = await store.memory.of({ agentId: acme, sessionId });
    return Object.fromEntries(notes.map(({ file, text }) => [file, text]));
  };
  /** The turn goes on from what it sees, as turns do. */
  const write = async (turn: TurnKey, file: string, change: (text: string) => string) => {
    const before = (await store.memory.of(turn)).find((notes) => notes.file === file) ?? { file, text: '', base: 0 };
    await store.memory.keep(turn, disk.folder, [{ ...before, text: change(before.text) }]);
  };
  const setPhase = (sessionId: string, phase: string) =>
    changeRows(database, `update sessions set phase = '${phase}' where session_id = '${sessionId}'`);
  const settle = () => store.memory.settle(acme, disk.folder);
  /** A person does it, and the platform takes it in. */
  const edit = async (file: string, text: string) => {
    disk.files[file] = text;
    await settle();
  };
  await settle();
  return { store, ...disk, edit, turnOf, seenBy, write, setPhase, settle };
}

const plus = (line: string) => (text: string) => `${text}${line}\n`;

describe('notes from a work item', () => {
  it('are seen by their own session alone until its pull request is merged', async () => {
    const { files, turnOf, seenBy, write, setPhase, settle } = await begin({ 'notes.md': '- old\n' });
    const turn = await turnOf('wi-12');
    await write(turn, 'notes.md', plus('- new'));
    await settle();
    expect(await seenBy('wi-12')).toEqual({ 'notes.md': '- old\n- new\n' });
    expect(await seenBy('wi-13')).toEqual({ 'notes.md': '- old\n' });
    expect(files).toEqual({ 'notes.md': '- old\n' });

    await setPhase('wi-12', 'deploying');
    await settle();
    expect(await seenBy('wi-13')).toEqual({ 'notes.md': '- old\n- new\n' });
    expect(files).toEqual({ 'notes.md': '- old\n- new\n' });
  });

  it.each(['cancelled', 'refused', 'failed', 'pr-created'])('never count for an item that is %s', async (phase) => {
    const { files, turnOf, write, setPhase, settle } = await begin();
    await write(await turnOf('wi-12'), 'notes.md', plus('- new'));
    await setPhase('wi-12', phase);
    await settle();
    expect(files).toEqual({});
  });

  it('are joined with what was accepted in between', async () => {
    const { store, files, turnOf, seenBy, write, setPhase, settle } = await begin({ 'notes.md': '- old\n' });
    const [first, second] = [await turnOf('wi-12'), await turnOf('wi-13')];
    await write(first, 'notes.md', plus('- one'));
    await write(second, 'notes.md', plus('- two'));
    await write(first, 'notes.md', plus('- three'));
    await setPhase('wi-13', 'deployed');
    await settle();
    expect(await seenBy('wi-12')).toEqual({ 'notes.md': '- old\n- two\n- one\n- three\n' });
    files['notes.md'] = '- two\n';
    await setPhase('wi-12', 'deployed');
    await settle();
    expect(files).toEqual({ 'notes.md': '- two\n- one\n- three\n' });
    const seqs = (await store.memory.list(acme)).filter(({ accepted }) => accepted).map(({ seq }) => seq);
    await settle();
    expect((await store.memory.list(acme)).map(({ seq }) => seq)).toEqual(seqs);
  });

  it('of another agent change nothing', async () => {
    const { store, turnOf, write, setPhase, seenBy } = await begin();
    await write(await turnOf('wi-12'), 'notes.md', plus('- new'));
    await setPhase('wi-12', 'deploying');
    const other = folderWith();
    await store.memory.settle('codechange/globex', other.folder);
    expect(other.files).toEqual({});
    expect(await store.memory.of({ agentId: 'codechange/globex', sessionId: 'wi-12' })).toEqual([]);
    expect(await store.memory.accept('codechange/globex', 1, other.folder)).toBe(false);
    expect(await seenBy('wi-12')).toEqual({ 'notes.md': '- new\n' });
  });
});

describe('an operator', () => {
  it('accepts a draft, and the session continues from it', async () => {
    const { store, files, folder, turnOf, seenBy, write } = await begin();
    const turn = await turnOf('wi-12');
    await write(turn, 'notes.md', plus('- one'));
    await write(turn, 'notes.md', plus('- two'));
    expect(await store.memory.accept(acme, 1, folder)).toBe(true);
    expect(await store.memory.accept(acme, 1, folder)).toBe(false);
    expect(files).toEqual({ 'notes.md': '- one\n' });
    expect(await seenBy('wi-12')).toEqual({ 'notes.md': '- one\n- two\n' });
    expect(await store.memory.accept(acme, 2, folder)).toBe(true);
    expect(files).toEqual({ 'notes.md': '- one\n- two\n' });
  });

  it('goes back to an earlier version, which is a new one', async () => {
    const { store, files, folder, settle } = await begin({ 'notes.md': 'good' });
    files['notes.md'] = 'bad';
    await settle();
    expect(await store.memory.revert(acme, 1, folder)).toBe(true);
    expect(files).toEqual({ 'notes.md': 'good' });
    expect(await store.memory.list(acme)).toMatchObject([
      { seq: 1, text: 'good', origin: 'file', accepted: true },
      { seq: 2, text: 'bad', origin: 'file' },
      { seq: 3, text: 'good', origin: 'revert', accepted: true },
    ]);
    expect(await store.memory.revert(acme, 9, folder)).toBe(false);
  });
});

describe("a person's edit", () => {
  it('counts, and is not lost to a session that began before it', async () => {
    const { files, turnOf, seenBy, write, setPhase, settle } = await begin({ 'notes.md': '- old\n', 'b.md': 'b' });
    const turn = await turnOf('wi-12');
    await write(turn, 'notes.md', plus('- new'));
    files['notes.md'] = '- edited\n';
    delete files['b.md'];
    await settle();
    expect(await seenBy('wi-13')).toEqual({ 'notes.md': '- edited\n' });
    await setPhase('wi-12', 'deploying');
    await settle();
    expect(files).toEqual({ 'notes.md': '- edited\n- new\n' });
  });

  it('that cannot be read is left alone', async () => {
    const { store, files, refused, settle } = await begin({ 'notes.md': '- old\n' });
    delete files['notes.md'];
    refused.push({ file: 'notes.md', why: 'link' });
    await settle();
    expect(files).toEqual({});
    expect(await store.memory.list(acme)).toHaveLength(1);
  });
});

it('notes of a conversation, which anybody may have steered, are its own until a person accepts them', async () => {
  const { store, files, folder, turnOf, seenBy, write, settle } = await begin({ 'notes.md': '- old\n' });
  await write(await turnOf('main'), 'notes.md', plus('- new'));
  await settle();
  expect(files).toEqual({ 'notes.md': '- old\n' });
  expect(await seenBy('main')).toEqual({ 'notes.md': '- old\n- new\n' });
  expect(await store.memory.accept(acme, 2, folder)).toBe(true);
  expect(files).toEqual({ 'notes.md': '- old\n- new\n' });
});

it('a turn that is over keeps nothing', async () => {
  const { store, turnOf, write } = await begin();
  const turn = await turnOf('wi-12');
  await store.sessions.release({ ...turn, end: 'rested' });
  await expect(write(turn, 'notes.md', plus('- new'))).rejects.toThrow('is over');
  expect(await store.memory.list(acme)).toEqual([]);
});

describe('old versions', () => {
  const many = limits.memoryVersionsMax + 20;

  it('go when there are many newer ones of their file, and what counts stays', async () => {
    const { store, files, edit } = await begin({ 'notes.md': '- old\n', 'other.md': '- other\n' });
    for (let count = 0; count < many; count++) await edit('notes.md', `- ${count}\n`);
    const versions = await store.memory.list(acme);
    const of = (file: string) => versions.filter((version) => version.file === file);
    expect(of('notes.md')).toHaveLength(limits.memoryVersionsMax);
    expect(of('other.md')).toHaveLength(1);
    expect(files).toEqual({ 'notes.md': `- ${many - 1}\n`, 'other.md': '- other\n' });
  });

  it("stay where a work item's draft is not merged yet, with what it grew from", async () => {
    const { files, turnOf, write, edit, setPhase, settle } = await begin({ 'notes.md': '- old\n' });
    await write(await turnOf('wi-12'), 'notes.md', plus('- drafted'));
    await edit('notes.md', '- new\n');
    for (let count = 0; count < many; count++) await edit('notes.md', `${files['notes.md']}- ${count}\n`);
    await setPhase('wi-12', 'deploying');
    await settle();
    expect(files['notes.md']).toContain('- drafted');
    expect(files['notes.md']).not.toContain('- old');
  });
});
