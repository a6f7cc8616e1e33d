/** The JSON Schema of jvAgent.json, as editors read it: they complete fields, show what each one means, and mark wrong values. */
import { z } from 'zod';
import { agentConfigSchema } from '../src/agents/config/config.ts';

/** What of JSON Schema the tables read. */
export interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** Of what people write, with a default in place of each field that they leave out. Editors know this draft best. */
export function schemaOf(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-07' }) as Schema;
}

export const configJsonSchema = (): Schema => ({ ...{ title: 'jvAgent.json' }, ...schemaOf(agentConfigSchema) });
