/** Notes in an agent's folder that are left out. */
import { join } from 'node:path';
import type { AgentId } from '../agent-id.ts';
import { type Fault, fault } from '../fault.ts';
import { memoryFolderOf } from '../memory-folder.ts';

const reasons: Readonly<Record<string, string>> = {
  link: 'it is a link, or has a second name',
  special: 'it is not a regular file',
  'too-big': 'it is too large',
  denied: 'this user cannot read it',
};

/** One warning for each such file, by its path in the workspace. */
export function fileWarnings(root: string, id: AgentId): Fault[] {
  const notes = memoryFolderOf(join(root, id)).read()?.refused ?? [];
  return notes.map(({ file, why }) => {
    const fix = 'Replace it with a regular file of your own, with mode 600. Until then the stored notes count.';
    return fault('CONFIG_INVALID', `${id}/memory/${file}`, `is left out: ${reasons[why] ?? why}`, { fix });
  });
}
