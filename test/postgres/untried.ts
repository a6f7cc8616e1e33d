/** Skips the tests of a project whose setup could not have what they need, with its reason. */
import { beforeEach, inject } from 'vitest';

beforeEach((context) => {
  const reason = inject('untried');
  if (reason) context.skip(reason);
});
