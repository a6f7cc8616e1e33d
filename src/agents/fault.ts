/** What is wrong with an agent, said so that its owner can go to the place and fix it. */
import { type Code, codes, type Refusal, refuse } from '../refusal.ts';

export interface Fault {
  readonly code: Code;
  /** Relative to the workspace. */
  readonly file: string;
  /** Counted from 1; absent where the fault is the whole file's. */
  readonly line?: number;
  /** The field, such as `devops.stateMapping.approved`. */
  readonly path?: string;
  readonly message: string;
  readonly fix: string;
}

/** A fault with the code's own fix unless a better one is given. */
export function fault(code: Code, file: string, message: string, more: Partial<Fault> = {}): Fault {
  return { code, file, message, fix: codes[code], ...more };
}

/** A fault as one line: `codechange/acme/jvAgent.json:12 git.branchPrefix: must not end in a digit`. */
function formatFault({ file, line, path, message }: Fault): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return path ? `${place} ${path}: ${message}` : `${place} ${message}`;
}

/** The refusal of an agent that has faults: the first one's code, every fault in its words. */
export function refusalOf(agentId: string, faults: readonly [Fault, ...Fault[]]): Refusal {
  const [first] = faults;
  return refuse(first.code, `agent ${agentId}: ${faults.map(formatFault).join('; ')}`, first.fix);
}
