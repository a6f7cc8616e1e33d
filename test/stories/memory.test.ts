import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelRequests } from './look.ts';
import { call, commit, edit, executing, openPullRequest, planning, say, scriptOf, submitPlan } from './scripts.ts';
import { fix, startWorld, type World } from './world.ts';

const old = '- The suite takes two seconds.';
const learned = '- Keys may be empty here.';
/** What is denied says so in words that are not in the command itself. */
const command = [
  `echo '${learned}' >> /memory/notes.md`,
  'ln -s /etc/passwd /memory/etc.md',
  'ln -s /tree/package.json /memory/tree.md',
  'echo forged >> /memory/activity.md || echo append-$((40+2))',
  'rm -f /memory/activity.md || echo remove-$((40+2))',
  'mv /memory/activity.md /memory/other.md || echo move-$((40+2))',
  'cat /memory/activity.md',
].join('; ');

let world: World;
let notesFile: string;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(
      planning('', [submitPlan(), say('Planned.')]),
      executing('', [call('Bash', { command }), ...edit, commit, openPullRequest, say('Done.')]),
    ),
    prepare({ root }) {
      const memory = join(root, 'codechange/acme/memory');
      mkdirSync(memory, { mode: 0o700 });
      notesFile = join(memory, 'notes.md');
      writeFileSync(notesFile, `${old}\n`, { mode: 0o600 });
    },
  });
});
afterAll(() => world.close());

/** The prompts in which the planning of a work item began, as the model got them. */
function planningPrompt(id: number): string {
  const asked = modelRequests(world).filter((text) => text.includes(`phase=planning work-item=${id}\\n`));
  expect(asked).not.toEqual([]);
  return asked.join('\n');
}

const versions = () => world.supervisor.store.memory.list('codechange/acme');

test('notes of a turn count for other work items only once its own is merged', async () => {
  const engineer = world.engineer();
  const first = await world.fileBug();
  await world.until(first, 'plan-ready');
  expect(planningPrompt(first)).toContain(old);
  await engineer.move(first, 'Approved');
  const { item } = await world.until(first, 'pr-created');
  expect(readFileSync(notesFile, 'utf8')).toBe(`${old}\n`);

  const second = await engineer.file({ ...fix.workItem, title: 'Before the merge' });
  await world.until(second, 'plan-ready');
  expect(planningPrompt(second)).toContain(old);
  expect(planningPrompt(second)).not.toContain(learned);

  await engineer.merge(item?.review?.number ?? 0);
  await world.until(first, 'deployed');
  expect(readFileSync(notesFile, 'utf8')).toBe(`${old}\n${learned}\n`);
  const third = await engineer.file({ ...fix.workItem, title: 'After the merge' });
  await world.until(third, 'plan-ready');
  const fenced = new RegExp(
    String.raw`<<<data ([0-9a-f]{12}) notes from earlier turns, notes\.md\\n${old}\\n${learned}\\n\\ndata>>> \1`,
  );
  expect(planningPrompt(third)).toMatch(fenced);
});

test('links and the record of the platform do not pass as notes', async () => {
  const all = await versions();
  expect(all.map(({ file, origin, accepted }) => ({ file, origin, accepted }))).toEqual([
    { file: 'notes.md', origin: 'file', accepted: true },
    { file: 'notes.md', origin: 'turn', accepted: true },
  ]);
  expect(all[1]?.sessionId).toMatch(/^wi-\d+$/);
  const session = Number(all[1]?.sessionId?.slice(3));
  const log = await world.log(session);
  expect(log).toContain('not taken: etc.md (link), tree.md (link)');
  for (const denied of ['append-42', 'remove-42', 'move-42']) expect(log).toContain(denied);
  const activity = readFileSync(join(world.root, 'codechange/acme/memory/activity.md'), 'utf8');
  expect(activity).toContain('post-plan');
  expect(activity).not.toContain('forged');
  expect(existsSync(join(world.root, 'codechange/acme/memory/etc.md'))).toBe(false);
});

test("a person's edit counts from the next turn on", async () => {
  writeFileSync(notesFile, '- A person wrote this.\n');
  chmodSync(notesFile, 0o600);
  const id = await world.engineer().file({ ...fix.workItem, title: 'After the edit' });
  await world.until(id, 'plan-ready');
  expect(planningPrompt(id)).toContain('- A person wrote this.');
  expect(planningPrompt(id)).not.toContain(learned);
  expect((await versions()).at(-1)).toMatchObject({ file: 'notes.md', origin: 'file', accepted: true });
});
