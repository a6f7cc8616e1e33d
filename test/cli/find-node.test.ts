import { existsSync } from 'node:fs';
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
