/**
 * The CLI's configuration folder: in memory, new for each turn, in the home folder inside. It holds the state of a CLI that has
 * started before, and the conversation's rows.
 */
import type { EngineStart } from './engine.ts';
import { transcriptFile } from './transcripts.ts';

/** Its name in the home folder. */
export const configFolder = '.claude';

/** The version of its own files that the CLI writes; a CLI that writes another one changes them first, which takes time. */
const stateOfCli = {
  migrationVersion: 15,
  opusProMigrationComplete: true,
  hasResetAutoModeOptInForDefaultOffer: true,
  hasCompletedOnboarding: true,
};

/** Its files, by path in the home folder; `cwd` is where the CLI is started. */
export function configFiles(cwd: string, conversation: EngineStart['conversation']): Readonly<Record<string, string>> {
  const state = { [`${configFolder}/.claude.json`]: JSON.stringify(stateOfCli) };
  if (!conversation) return state;
  const { path, text } = transcriptFile(cwd, conversation.engineSessionId, conversation.rows);
  return { ...state, [`${configFolder}/${path}`]: text };
}
