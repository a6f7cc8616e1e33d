/** Runs git for the emulators: in one bare repository, with an environment that inherits nothing. */
import { OutsideError } from '../../src/base/errors.ts';
import { type ProgramResult, runProgram } from '../../src/base/program.ts';
import { limits } from '../../src/limits.ts';

/** The complete environment of every git process. */
export const gitEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/bin:/bin',
  HOME: '/nonexistent',
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  // The folder may belong to a different user than the one who starts the emulators.
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
};

export interface GitCall {
  input?: string | Buffer;
  env?: Readonly<Record<string, string>>;
}

/** Runs git and returns its result, for calls whose exit code is an answer. */
export function attemptGit(
  directory: string,
  args: readonly string[],
  { input, env = {} }: GitCall = {},
): Promise<ProgramResult> {
  return runProgram({
    file: 'git',
    args: ['--no-pager', ...args],
    env: { ...gitEnvironment, GIT_DIR: directory, ...env },
    timeoutMs: limits.gitSecondsMax * 1000,
    ...(input === undefined ? {} : { input }),
  });
}

/** Runs git and returns its output without the last line break; throws an OutsideError if it failed. */
export async function git(directory: string, args: readonly string[], call?: GitCall): Promise<string> {
  const { code, stdout, stderr } = await attemptGit(directory, args, call);
  if (code !== 0) {
    const request = `git ${args.slice(0, 2).join(' ')}`;
    throw new OutsideError(`${request}: ${stderr.trim()}`, { system: 'git', request, kind: 'failed' });
  }
  return stdout.toString('utf8').replace(/\n$/, '');
}
