/** What a turn can count on, as the prompt says it: the tests, the dependencies, the network, its tools, its time and its money. */
import type { GitConfig } from '../../../agents/config/git.ts';
import { type EngineTool, toolName } from '../../../engine/engine.ts';
import type { agentLimits } from '../../../limits.ts';

/** What set-up left in the tree: `off` in a turn that only reads, `unset` without `git.setupCommand`. */
export type Dependencies = 'installed' | 'failed' | 'unset' | 'off';

export interface Situation {
  git: Pick<
    GitConfig,
    'testCommand' | 'testMinutesMax' | 'testsMayFail' | 'setupCommand' | 'paths' | 'diffFilesMax' | 'diffLinesMax'
  >;
  dependencies: Dependencies;
  /** Domains that the engine reaches. */
  domains: readonly string[];
  limits: Readonly<Record<keyof typeof agentLimits, number>>;
}

const code = (text: string) => `\`${text.replaceAll('`', "'")}\``;

function testsText({ testCommand, testMinutesMax, testsMayFail }: Situation['git']): string {
  if (!testCommand) {
    return 'Tests: none are configured (`git.testCommand`). Nobody runs tests on your commit, so try what you can yourself.';
  }
  const failing = testsMayFail ? 'the pull request says so' : 'nothing is pushed and you get the output';
  return `Tests: the platform runs ${code(testCommand)} on your commit before it is pushed, for at most ${testMinutesMax} minutes. If they fail, ${failing}.`;
}

function dependenciesText({ git: { setupCommand }, dependencies }: Situation): string {
  const command = setupCommand ? code(setupCommand) : '';
  const said: Readonly<Record<Dependencies, string>> = {
    installed: `the platform ran ${command}, and its result is in the tree. Files that git ignores are not committed.`,
    failed: `the platform ran ${command}, and it failed on this commit. They are missing until the change is fixed.`,
    unset: 'no set-up command is configured, so only what is in the repository is there.',
    off: 'not installed in this turn, which only reads.',
  };
  return `Dependencies: ${said[dependencies]}`;
}

function networkText(domains: readonly string[]): string {
  if (domains.length === 0) return 'Network: none. Downloads and package installs fail; do not try them.';
  return `Network: only ${domains.map(code).join(', ')}.`;
}

function boundsText({ paths, diffFilesMax, diffLinesMax }: Situation['git']): string {
  const inside = paths ? ` Only files that match ${paths.map(code).join(', ')} may change.` : '';
  return `Size of the change: at most ${diffFilesMax} files and ${diffLinesMax} changed lines.${inside}`;
}

/** One line each. */
export function situationText(situation: Situation): string {
  const { git, domains, limits } = situation;
  return [
    testsText(git),
    dependenciesText(situation),
    networkText(domains),
    boundsText(git),
    `Time: this turn may take ${limits.turnMinutesMax} minutes. After ${limits.stallMinutesMax} minutes of silence it is stopped.`,
    `Money: at most ${limits.turnUsdMax} USD in this turn and ${limits.itemUsdMax} USD for the whole work item.`,
  ]
    .map((line) => `- ${line}`)
    .join('\n');
}

/**
 * The engine's own tools in this turn, and what the platform's are called: `tools` are those, of which a prompt speaks by their short names.
 * What each does, and with which actions, stands in its description and schema, which the model has in every request.
 */
export function toolsText(builtin: readonly string[], tools: readonly EngineTool[]): string {
  const [one] = tools;
  return [
    `- ${builtin.map(code).join(', ')}: work in the tree, in a sandbox.`,
    ...(one
      ? [`- The platform's: ${code(one.name)} is called ${code(toolName(one.name))}, and so are the others.`]
      : []),
  ].join('\n');
}
