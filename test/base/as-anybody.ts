/** A module in a process without the right of root to pass by modes. */
import { type ProgramResult, runProgram } from '../../src/base/program.ts';

const isRoot = process.getuid?.() === 0;

export function asAnybody(script: string): Promise<ProgramResult> {
  const node = [process.execPath, '--input-type=module', '-e', script];
  const [file = '', ...args] = isRoot ? ['/usr/bin/setpriv', '--bounding-set=-all', '--', ...node] : node;
  return runProgram({ file, args, env: {}, timeoutMs: 20_000 });
}
