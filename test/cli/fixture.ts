/** A workspace with one agent, its state filled by the test, and the command line called on it. */
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import type { Terminal } from '../../src/cli/print.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { openStore, type Store } from '../../src/store/database/database.ts';
import { newWorkItem, type WorkItem } from '../../src/work-items/work-item.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';
import { rules } from '../store/fixture.ts';

export const acme = 'codechange/acme';
export const session = { agentId: acme, sessionId: 'wi-12' };

export interface Outcome {
  code: number;
  out: string;
  err: string;
}

/** Carries out one command line in this process, and waits for its end. */
export const jvagent = (...args: string[]) => jvagentOn(undefined, args);

/** The same where a person reads the output on a terminal; what is printed is added to `outcome` at once. */
export async function jvagentOn(
  terminal: Terminal | undefined,
  args: readonly string[],
  outcome = { code: 0, out: '', err: '' },
): Promise<Outcome> {
  outcome.code = await runCommandLine(args, {
    out: (text) => {
      outcome.out += text;
    },
    err: (text) => {
      outcome.err += text;
    },
    ...(terminal ? { terminal } : {}),
  });
  return outcome;
}

export function createCliWorkspace(files: Record<string, unknown> = {}) {
  const { root, write, path } = createWorkspace({
    'codechange/acme/jvAgent.json': customerConfig('acme'),
    ...files,
  });
  return {
    root,
    write,
    path,
    run: (...args: string[]) => jvagent('--root', root, ...args),
    /** On a terminal of this width, without colours unless told otherwise. */
    runOn: (columns: number, args: readonly string[], hasColours = false) =>
      jvagentOn({ columns: () => columns, rows: () => 24, hasColours, showsErrors: true }, ['--root', root, ...args]),
    /** Writes to the state as the platform would. */
    async fill<T>(change: (store: Store) => Promise<T>): Promise<T> {
      const store = await openStore({ folder: join(root, '.jvagent/state'), clock: systemClock });
      try {
        return await change(store);
      } finally {
        await store.close();
      }
    },
  };
}

/** Gives work item 12 a turn in which it is found and, unless told otherwise, nothing else. */
export async function findItem(store: Store, title = 'Guard keys'): Promise<WorkItem> {
  await store.sessions.ensure(session);
  const claim = await store.sessions.claim({ ...session, owner: 'node-1', leaseMs: 60_000, batchMax: 1 });
  if (!claim) throw new Error('somebody else has the session');
  const turn = { ...session, epoch: claim.epoch, claimId: claim.claimId };
  const applied = await store.items.apply({ ...turn, rules, event: { kind: 'found', title, type: 'Bug' } });
  await store.sessions.release({ ...turn, end: 'rested' });
  return 'item' in applied ? applied.item : newWorkItem(12, title, 'Bug');
}
