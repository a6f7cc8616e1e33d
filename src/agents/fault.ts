/** What is wrong with an agent: file, line, field and fix. */
import { type Code, codes, type Refusal, refuse } from '../refusal.ts';

/** Where something stands in an agent's files. */
export interface Place {
  /** Relative to the workspace. */
  readonly file: string;
  /** Counted from 1; absent for the whole file. */
  readonly line?: number;
  /** The field, such as `devops.stateMapping.approved`. */
  readonly path?: string;
}

export interface Fault extends Place {
  readonly code: Code;
  readonly message: string;
  readonly fix: string;
  /** A person has still to fill in a secret, as in every new agent. */
  readonly isUnfilled?: true;
}

/** The fix with the whole path of the file that it names. */
function inFile(fix: string, file: string): string {
  return fix.replace(/(?<![/\w])(jvAgent\.json|secrets\.env)\b/g, (name) => (file.endsWith(`/${name}`) ? file : name));
}

/** Creates a fault; unless `more` has a fix, it gets the default fix of its code. */
export function fault(code: Code, file: string, message: string, more: Partial<Fault> = {}): Fault {
  const { fix = codes[code] } = more;
  return { code, file, message, ...more, fix: inFile(fix, file) };
}

/** Formats a fault as one line: `codechange/acme/jvAgent.json:12 git.branchPrefix: must not end in a digit`. */
function formatFault({ file, line, path, message }: Fault): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return path ? `${place} ${path}: ${message}` : `${place} ${message}`;
}

/** The refusal of a faulty agent: the code of its first fault, and the text of all of them. */
export function refusalOf(agentId: string, faults: readonly [Fault, ...Fault[]]): Refusal {
  const [first] = faults;
  return refuse(first.code, `agent ${agentId}: ${faults.map(formatFault).join('; ')}`, first.fix);
}
