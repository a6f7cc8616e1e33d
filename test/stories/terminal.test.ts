/** What `start` says to a person on a terminal, while a work item goes from New to a pull request. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { demoFix } from '../../emulators/demo-repository/model-script.ts';
import { createEngineer } from '../../emulators/engineer.ts';
import { systemClock } from '../../src/base/clock.ts';
import { startEmulated } from '../cli/emulated.ts';
import { jvagentOn } from '../cli/fixture.ts';
import { pressCtrlC } from '../cli/press-ctrl-c.ts';

const columns = 72;
const terminal = { columns: () => columns, rows: () => 24, hasColours: false, showsErrors: true };
const said = { code: 0, out: '', err: '' };
const onOneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

/** Resolves once the text was printed, after so many characters. */
async function until(text: string, after = 0): Promise<void> {
  for (const end = Date.now() + 420_000; Date.now() < end; await systemClock.sleep(50)) {
    if (onOneLine(said.out.slice(after)).includes(text)) return;
  }
  throw new Error(`${text} was not printed:\n${said.out}\n${said.err}`);
}

test('start tells a person which agents run, each thing that happens, and what it waits for when it stops', async () => {
  const { root, run, emulators, engineer } = await startEmulated({
    heartbeat: '* * * * * *',
    git: { testCommand: 'node test.js' },
  });
  mkdirSync(join(root, 'broken'));
  writeFileSync(join(root, 'broken/jvAgent.json'), '{"id": "other"}');
  const ended = jvagentOn(terminal, ['--root', root, 'start'], said);
  await until('Press Ctrl-C to stop');
  const up = onOneLine(said.out);
  expect(up).toMatch(/^jvagent is up: \S+, 3 agents /);
  expect(up).toContain('codechange/acme runs; looks at its board by the schedule * * * * * *');
  expect(up).toMatch(/broken does not run\. [A-Z_]+: .* Fix: /);

  const id = await engineer.file(demoFix().workItem);
  await until('posted the plan');
  const isPlanReady = async () => (await engineer.state(id)) === 'Plan Ready';
  while (!(await isPlanReady())) await systemClock.sleep(50);
  const { agent } = emulators.tenants.acme.secrets.pats;
  await createEngineer(emulators, 'acme', { pat: agent }).move(id, 'Approved');
  await until('GATE_ACTOR');
  while (!(await isPlanReady())) await systemClock.sleep(50);
  await engineer.move(id, 'Approved');
  await until('opened the pull request');
  await run('pause', 'codechange/acme');
  await until('codechange/acme does not run. PAUSED: ');
  const before = said.out.length;
  await run('resume', 'codechange/acme');
  await until('codechange/acme runs; looks at its board', before);
  pressCtrlC();
  await ended;

  const entries = said.out
    .replaceAll(/\n {4}/g, ' ')
    .split('\n')
    .filter((line) => line.includes(`wi-${id}`));
  const order = [
    'claimed the work item to plan it',
    'posted the plan',
    'refused the approval by',
    'approved the plan',
    'claimed the approved work item',
    'begins to run the tests on',
    'ran the tests on',
    'pushed',
    'opened the pull request for',
  ];
  const places = order.map((words) => entries.findIndex((entry) => entry.includes(words)));
  expect(places, said.out).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(said.out + said.err).not.toMatch(/[{}]|"level"/);
  const widths = said.out
    .split('\n')
    .slice(1)
    .map((line) => line.length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
  expect(said).toMatchObject({ code: 0, err: '' });
  expect(onOneLine(said.out)).toMatch(/ Stopping: .* Press Ctrl-C again to stop at once\. .*Stopped\. $/);
});
