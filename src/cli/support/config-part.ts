/**
 * An agent's configuration for a bug report: which known fields are set, with the values of those that can hold nobody's words.
 *
 * Numbers, switches and words of a fixed list are told, and the models and times by which an agent runs; of anything else only that
 * it is there, and how often. Fields that the schema does not know are left out with their names.
 */
import { z } from 'zod';
import { agentConfigSchema } from '../../agents/config/config.ts';
import { known } from '../../base/known.ts';
import { countOf } from '../../base/text/count-of.ts';

/** Texts that name no customer: the schema allows only models, cron patterns and timezones here. */
const plainTexts: ReadonlySet<string> = new Set(['defaultModel', 'autoRun.triageModel', 'heartbeat', 'timezone']);

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapper =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable;
  return isWrapper ? unwrapped(schema.unwrap()) : schema;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function shown(schema: z.core.$ZodType, value: unknown, path: string): unknown {
  const inner = unwrapped(schema);
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return countOf(value.length, 'entry', 'entries');
  if (inner instanceof z.ZodObject && isRecord(value)) {
    const fields = Object.entries<z.core.$ZodType>(inner.shape);
    const below = (name: string) => (path === '' ? name : `${path}.${name}`);
    return known(Object.fromEntries(fields.map(([name, field]) => [name, shown(field, value[name], below(name))])));
  }
  if (isRecord(value)) return countOf(Object.keys(value).length, 'entry', 'entries');
  const isPlain = typeof value !== 'string' || inner instanceof z.ZodEnum || plainTexts.has(path);
  return isPlain ? value : 'set';
}

/** What may be told of a configuration that was read. */
export const shownConfig = (config: object): unknown => shown(agentConfigSchema, config, '');
