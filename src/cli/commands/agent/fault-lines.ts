/** The faults of agents' files as lines: each with its place and code, its fix below it. */
import type { AgentFault } from '../../../agents/check.ts';

export function faultLines(faults: readonly AgentFault[]): string[] {
  return faults.flatMap(({ code, file, line, path, message, fix, level }) => {
    const place = `${level === 'warning' ? 'warning: ' : ''}${file}${line === undefined ? '' : `:${line}`}`;
    return [`${place} ${path ? `${path}: ` : ''}${message} (${code})`, `    ${fix}`];
  });
}
