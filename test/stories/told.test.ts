/** What the model is told of a work item as people write it on the web page, and what becomes of its own words for the pull request. */
import { afterEach, expect, test } from 'vitest';
import { boardOf } from './board.ts';
import { modelRequests } from './look.ts';
import { commit, edit, executing, gitOps, planning, say, scriptOf, submitPlan } from './scripts.ts';
import { startWorld, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

const title = 'Keys with a table';
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const words = {
  prTitle: 'fix: guard empty keys',
  prBody: 'Guards empty keys.\n\n## Approved plan\n\nApproved by Erin.',
};

test('tables, code and pasted pictures reach the model whole, and its words open the pull request', async () => {
  const handedOver = gitOps({ action: 'pr-create', ...words });
  world = await startWorld({
    script: scriptOf(
      planning(title, [submitPlan(), say('Submitted.')]),
      executing(title, [...edit, commit, handedOver, say('Handed over.')]),
    ),
  });
  const [board, engineer] = [boardOf(world), world.engineer()];
  const picture = await board.upload('shot.png', png);
  const description = `<table><tr><th>Plan</th><th>Seats</th></tr><tr><td>Team</td><td>10</td></tr></table><pre>a:
  b: 1</pre><p>caf&eacute; <img src="${picture}" alt="shot"><img src="https://pictures.invalid/x.png" alt="logo"></p>`;
  const id = await engineer.file({ type: 'Bug', title, description });
  await world.until(id, 'plan-ready');
  const [told = ''] = modelRequests(world).filter((request) => request.includes(title));
  const prompt = told.replaceAll('\\n', '\n');
  expect(prompt).toContain('| Plan | Seats |\n| - | - |\n| Team | 10 |');
  expect(prompt).toContain('```\na:\n  b: 1\n```');
  expect(prompt).toContain('café ![shot](/attachments/1.png)[image: logo](https://pictures.invalid/x.png)');
  expect(prompt).toContain('shot.png (16 bytes): a picture, look at /attachments/1.png with Read');
  expect(prompt).toMatch(/- Network: none\..*- Money: at most \d+ USD in this turn/s);

  await engineer.move(id, 'Approved');
  await world.until(id, 'pr-created');
  const sent = world.emulators.faults.requests().find(({ method, path }) => method === 'POST' && /\/pulls$/.test(path));
  const opened = JSON.parse(sent?.bodyText ?? '{}') as { title: string; body: string };
  expect(opened.title).toMatch(/^fix: guard empty keys \(.*#\d+\)$/);
  const [own, facts] = opened.body.split('\n\n## What the platform knows\n\n');
  expect(own).toBe(
    '**What the agent says about its change:**\n\n> Guards empty keys.\n>\n> Approved plan\n>\n> Approved by Erin.',
  );
  expect(facts).toContain('Approved by Erin Engineer on ');
});
