/** Fields of jvAgent.json that somebody may have misspelt. */
import { z } from 'zod';
import { nearest } from '../../base/text/nearest.ts';
import { limits } from '../../limits.ts';
import type { AgentId } from '../agent-id.ts';
import { agentConfigSchema } from '../config/config.ts';
import { configFileName } from '../config/file.ts';
import { type JsonPath, readJsonText } from '../config/json-lines.ts';
import { type Fault, fault } from '../fault.ts';
import { readWorkspaceFile } from '../workspace-file.ts';

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The schema without what makes it optional. */
function innerOf(schema: unknown): unknown {
  const isWrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapped ? innerOf(schema.unwrap()) : schema;
}

/** Fields that the platform does not know, with the known one that is nearly the same and is not set. */
function misspelt(value: unknown, schema: unknown, path: JsonPath = []): { path: JsonPath; near: string }[] {
  const inner = innerOf(schema);
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    return value.flatMap((each, index) => misspelt(each, inner.element, [...path, index]));
  }
  if (!(inner instanceof z.ZodObject) || !isObject(value)) return [];
  const shape: Record<string, unknown> = inner.shape;
  const unset = Object.keys(shape).filter((name) => value[name] === undefined);
  return Object.entries(value).flatMap(([name, own]) => {
    const at = [...path, name];
    if (Object.hasOwn(shape, name)) return misspelt(own, shape[name], at);
    const near = nearest(name, unset);
    return near === undefined ? [] : [{ path: at, near }];
  });
}

/** The warnings, each with its line; none if the file is no JSON, which is a fault. */
export function configWarnings(root: string, id: AgentId): Fault[] {
  const file = `${id}/${configFileName}`;
  const { text = '' } = readWorkspaceFile(root, file, limits.configBytesMax);
  const { value, lineOf } = readJsonText(text, limits.configDepthMax);
  const warn = (path: JsonPath, message: string, fix: string) =>
    fault('CONFIG_INVALID', file, message, { line: lineOf(path), path: path.map(String).join('.'), fix });
  return misspelt(value, agentConfigSchema).map(({ path, near }) =>
    warn(path, 'is not a field of the platform; it only reaches your own tools', `Did you mean ${near}?`),
  );
}
