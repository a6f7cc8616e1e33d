import { expect, test } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { createFaults } from '../../src/supervisor/faults.ts';

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), {
  code: 'ECONNREFUSED',
  syscall: 'connect',
});

function faultsOf(place: string | undefined) {
  const lines: string[] = [];
  const log = createLog('test', 'info', { write: (line) => void lines.push(JSON.parse(line).msg) });
  return { lines, faults: createFaults(log, place) };
}

test('a database that is away is told once with its name, and so is its return', async () => {
  const { lines, faults } = faultsOf('db.example.com/jvagent');
  const write = faults.writing(async (count: number) => count);
  expect(await write(7)).toBe(7);
  for (let nth = 0; nth < 13; nth += 1) faults.tell(refused);
  faults.tell(new Error('another fault'));
  await write(1);
  await write(1);
  faults.tell(refused);
  const away = `the database db.example.com/jvagent cannot be used: ${refused.message}. Nothing starts; work goes on by itself when it is back`;
  expect(lines).toEqual([away, 'another fault', 'the database db.example.com/jvagent is back: work goes on', away]);
});

test('without PostgreSQL every fault is told as it is', () => {
  const { lines, faults } = faultsOf(undefined);
  faults.tell(refused);
  faults.tell(refused);
  expect(lines).toEqual([refused.message, refused.message]);
});
