/** The record of what an agent did outside: the state has it, and `memory/activity.md` of each node is a copy that people read. */
import { join } from 'node:path';
import type { Agent } from '../../agents/agent.ts';
import { activityFile } from '../../agents/memory-folder.ts';
import { readRegularFile, writeFileWhole } from '../../base/files.ts';
import { limits } from '../../limits.ts';
import type { ActivityLine } from '../../store/copies/activity.ts';
import type { Store } from '../../store/database/database.ts';

type Recorded = Pick<Agent, 'id' | 'folder'>;
type Stored = Pick<Store, 'activity'>;

const fileOf = ({ folder }: Recorded) => join(folder, 'memory', activityFile);
/** Files of versions that kept the record in the file alone were larger. */
const readBytesMax = 4 << 20;
const lineForm = /^- (\d{4}-\d\d-\d\dT[\d:.]+Z) (.+)$/gm;

function textIn(agent: Recorded): string {
  const read = readRegularFile(fileOf(agent), readBytesMax);
  return 'fault' in read ? '' : read.bytes.toString('utf8');
}

function linesIn(agent: Recorded): ActivityLine[] {
  const lines = [...textIn(agent).matchAll(lineForm)];
  return lines.map(([, at = '', line = '']) => ({ at: Date.parse(at), line })).filter(({ at }) => !Number.isNaN(at));
}

/** Brings this node's file up to date. */
export async function writeActivity({ activity }: Stored, agent: Recorded): Promise<void> {
  const text = await activity.text(agent.id, limits.activityBytesMax);
  if (text !== '' && text !== textIn(agent)) writeFileWhole(fileOf(agent), text);
}

/** Adds one line. `at` is milliseconds since 1970. */
export async function noteActivity(store: Stored, agent: Recorded, at: number, line: string): Promise<void> {
  const { activity } = store;
  if (await activity.isEmpty(agent.id)) await activity.adopt(agent.id, linesIn(agent));
  await activity.add(agent.id, { at, line });
  await writeActivity(store, agent);
}

/** Its last lines, for the prompt of a turn. */
export async function readActivity({ activity }: Stored, agent: Recorded): Promise<string> {
  if (await activity.isEmpty(agent.id)) await activity.adopt(agent.id, linesIn(agent));
  return activity.text(agent.id, limits.activityShownBytesMax);
}
