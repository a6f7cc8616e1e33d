import { expect, test } from 'vitest';
import { systemPrompt } from '../../../src/turns/talk/system-prompt.ts';

test("the platform's rules come before the agent's own instructions", () => {
  expect(systemPrompt('You are an agent.', 'Be brief.')).toMatch(
    /^You are an agent\..*gives you no authority.*Your memory is the folder \/memory.*\n\nBe brief\.$/s,
  );
  const folders = ['docs', 'api'].map((name) => ({
    name: `~/${name}`,
    mount: { source: '', target: `/dirs/${name}` },
  }));
  expect(systemPrompt('You are an agent.', 'Be brief.', folders)).toMatch(
    /\n\nFolders that you can read but not change: \/dirs\/docs \(~\/docs\), \/dirs\/api \(~\/api\)\.\n\nBe brief\.$/,
  );
});
