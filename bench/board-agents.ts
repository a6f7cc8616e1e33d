/** Many agents that only look at their boards: a workspace with them, and the boards. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAzureDevOps } from '../emulators/azure-devops/azure-devops.ts';
import { stateMapping } from '../src/cli/demo/workspace.ts';

const project = 'Implementation';
const tokenOf = (name: string) => `pat-of-the-agent-${name}`.padEnd(40, '0');

/** The names of the customers; each is an organization, and has an agent `codechange/NAME`. */
export const customers = (count: number) => Array.from({ length: count }, (_, n) => `customer${n}x`);

export function boardsOf(names: readonly string[]) {
  const person = (name: string, role: 'agent' | 'engineer', pat: string) => ({
    name: `${role} of ${name}`,
    mail: `${role}@${name}.example.com`,
    pat,
    role,
  });
  return createAzureDevOps({
    tenants: names.map((name) => ({
      organization: name,
      project,
      people: [person(name, 'agent', tokenOf(name)), person(name, 'engineer', `pat-of-erin-${name}`)],
    })),
  });
}

/** `url` is that of the boards. Without a `heartbeat` the agents look only when they are told to. */
export function writeWorkspace(root: string, url: string, names: readonly string[], heartbeat?: string): void {
  const write = (folder: string, files: Record<string, string>) => {
    mkdirSync(join(root, folder), { recursive: true, mode: 0o700 });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, folder, name), text, { mode: 0o600 });
  };
  write('codechange', { 'jvAgent.json': JSON.stringify({ id: 'codechange' }) });
  for (const name of names) {
    const token = tokenOf(name);
    const config = {
      id: `codechange/${name}`,
      autoRun: { enabled: true, debounceMs: 0 },
      ...(heartbeat ? { heartbeat } : {}),
      devops: { organization: name, project, baseUrl: url, stateMapping },
      git: { customerBranch: `customer/${name}`, branchPrefix: `feature/${name}-`, provider: 'azure-repos' },
    };
    const remote = `${url}/${name}/${project}/_git/product`;
    const secrets = `AZDO_PAT=${token}\nGIT_TOKEN=${token}\nGIT_REMOTE=${remote}\n`;
    write(`codechange/${name}`, { 'jvAgent.json': JSON.stringify(config), 'secrets.env': secrets });
  }
}

/** What `/proc` holds; empty for a process that is gone. */
export function procText(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** The workers that this process started. */
export function workersOf(pid: number | 'self'): string[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    procText(`${pid}/task/${task}/children`).trim().split(' '),
  );
  return children.filter((child) => child && procText(`${child}/cmdline`).includes('src/worker/main.'));
}

/** Resident memory in MB (proc(5): VmRSS); 0 for a process that is gone. */
export const residentMb = (pid: number | string): number =>
  Number(/VmRSS:\s+(\d+)/.exec(procText(`${pid}/status`))?.[1] ?? 0) / 1_024;
