import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findNode } from '../../src/cli/find-node.ts';
import { holdSupervisorLock } from '../../src/store/database/sqlite.ts';
import { testFolder } from '../store/fixture.ts';

test.runIf(existsSync('/proc/locks'))('the node that holds the state is found, and none before or after', () => {
  const folder = testFolder();
  expect(findNode(folder)).toBeUndefined();
  const lock = holdSupervisorLock(join(folder, 'state'));
  expect(findNode(folder)).toEqual({ pid: process.pid });
  lock?.release();
  expect(findNode(folder)).toBeUndefined();
});

test.runIf(existsSync('/proc/locks'))('only the node that runs says where its dashboard is', () => {
  const folder = testFolder();
  const lock = holdSupervisorLock(join(folder, 'state'));
  const { pid } = process;
  const url = 'http://127.0.0.1:7460';
  const left = [
    { pid: pid + 1, url },
    { pid, url: 'http://evil.example' },
    { pid, url: 'javascript:1' },
    { pid },
    'torn {',
  ];
  for (const self of left) {
    writeFileSync(join(folder, 'state', 'dashboard.json'), JSON.stringify(self));
    expect(findNode(folder)).toEqual({ pid });
  }
  writeFileSync(join(folder, 'state', 'dashboard.json'), JSON.stringify({ pid, url }));
  expect(findNode(folder)).toEqual({ pid, url });
  lock?.release();
  expect(findNode(folder)).toBeUndefined();
});
