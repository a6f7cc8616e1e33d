/** Finds where a field of an agent's jvAgent.json is written. */
import { limits } from '../../limits.ts';
import type { AgentId } from '../agent-id.ts';
import type { Place } from '../fault.ts';
import { readWorkspaceFile } from '../workspace-file.ts';
import { configFileName } from './file.ts';
import { type JsonPath, readJsonText } from './json-lines.ts';

/**
 * `folder` is the agent's own, as an absolute path. The file is read once, at the first question; a field that is not there is
 * told by the nearest one around it.
 */
export function configPlaceOf({ id, folder }: { id: AgentId; folder: string }): (path: JsonPath) => Place {
  const file = `${id}/${configFileName}`;
  const root = folder.slice(0, -id.length - 1);
  let json: ReturnType<typeof readJsonText> | undefined;
  return (path) => {
    json ??= readJsonText(readWorkspaceFile(root, file, limits.configBytesMax).text ?? '', limits.configDepthMax);
    return { file, line: json.lineOf(path), path: path.map(String).join('.') };
  };
}
