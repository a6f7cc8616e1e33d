/** What `agent check` would say of new agents, found in a copy of the workspace's agents before any file is written. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentFault, checkAgents } from '../../agents/check.ts';
import { configFileName } from '../../agents/config/file.ts';
import { findAgents } from '../../agents/find-agents.ts';
import { stateFolderOf } from '../../supervisor/nodes/state.ts';
import type { Draft } from './draft.ts';
import { writeNew } from './write-new.ts';

/** The files that can clash with another agent's or that a child depends on. */
const compared = [configFileName, 'secrets.env'];

/**
 * The faults and warnings of the drafts only, in the order of the agents' ids, without secrets that a person fills in later. The
 * copy is private and is removed again. `allowLoopback` as the workspace's settings say.
 */
export function rehearse(root: string, drafts: readonly Draft[], allowLoopback?: boolean): AgentFault[] {
  const state = stateFolderOf(root);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const copy = mkdtempSync(join(state, 'rehearsal-'));
  try {
    for (const id of findAgents(root).ids) {
      for (const file of compared) {
        const from = join(root, id, file);
        if (existsSync(from)) cpSync(from, join(copy, id, file));
      }
    }
    for (const { files } of drafts) writeNew(copy, files);
    const ids = new Set<string>(drafts.map(({ id }) => id));
    const options = allowLoopback === undefined ? {} : { allowLoopback };
    const found = checkAgents(copy, options).filter(({ agentId, isUnfilled }) => ids.has(agentId) && !isUnfilled);
    // Lines of files that nobody can open yet help nobody.
    return found.map(({ line: _line, ...rest }) => rest);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
