/** The processes of the engine's program that were started by this process and still are there. */
import { readdirSync, readFileSync } from 'node:fs';

const read = (file: string) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const parentOf = (pid: string) => /^PPid:\t(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1];

function isOurs(pid: string): boolean {
  for (let at: string | undefined = pid; at !== undefined && at !== '0'; at = parentOf(at)) {
    if (at === String(process.pid)) return true;
  }
  return false;
}

/** Their process ids. */
export function enginesRunning(): string[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return all.filter((pid) => read(`/proc/${pid}/cmdline`).startsWith('/opt/claude/claude\0') && isOurs(pid));
}
