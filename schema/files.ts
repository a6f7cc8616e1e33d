/** What `npm run reference` writes: each file's text as it should be, by its path. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsSchema } from '../src/settings.ts';
import { configJsonSchema, schemaOf } from './json-schema.ts';
import { filledIn, tableOf } from './tables.ts';

/** Absolute paths. The examples have a copy of the schema, since people copy that folder. */
export function referenceFiles(): Record<string, string> {
  const config = configJsonSchema();
  const schema = `${JSON.stringify(config, null, 2)}\n`;
  const page = join(import.meta.dirname, '../docs/configuration.md');
  const withFields = filledIn(readFileSync(page, 'utf8'), 'fields', tableOf(config, 'field'));
  return {
    [join(import.meta.dirname, 'jvAgent.schema.json')]: schema,
    [join(import.meta.dirname, '../examples/jvAgent.schema.json')]: schema,
    [page]: filledIn(withFields, 'settings', tableOf(schemaOf(settingsSchema), 'setting')),
  };
}
