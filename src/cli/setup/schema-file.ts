/** The JSON Schema of jvAgent.json at the top of a workspace, where an editor finds it by the `$schema` of each agent's file. */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const name = 'jvAgent.schema.json';
const shipped = join(import.meta.dirname, '../../../schema', name);

/** From the agent's folder to the schema. It stands in the workspace, so that it is there in every clone of it. */
export const schemaPathOf = (id: string): string => `${'../'.repeat(id.split('/').length)}${name}`;

/** Writes the schema of this version, also over an earlier one. */
export function writeSchema(root: string): void {
  const path = join(root, name);
  // Not through a link.
  rmSync(path, { force: true });
  copyFileSync(shipped, path);
}
