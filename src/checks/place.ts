/** Finds the line of jvAgent.json that a finding is about. */
import type { Agent } from '../agents/agent.ts';
import { configFileName } from '../agents/config/file.ts';
import { readJsonText } from '../agents/config/json-lines.ts';
import { readWorkspaceFile } from '../agents/workspace-file.ts';
import { limits } from '../limits.ts';
import type { PlaceOf } from './finding.ts';

/** The file is read once, at the first question. A field that is not there is told by the nearest one around it. */
export function placesIn({ id, folder }: Pick<Agent, 'id' | 'folder'>): PlaceOf {
  const file = `${id}/${configFileName}`;
  const root = folder.slice(0, -id.length - 1);
  let json: ReturnType<typeof readJsonText> | undefined;
  return (path) => {
    json ??= readJsonText(readWorkspaceFile(root, file, limits.configBytesMax).text ?? '', limits.configDepthMax);
    return { file, line: json.lineOf(path) };
  };
}
