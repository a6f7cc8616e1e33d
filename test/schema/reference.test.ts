import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import { expect, test } from 'vitest';
import { referenceFiles } from '../../schema/files.ts';
import { configJsonSchema, type Schema, schemaOf } from '../../schema/json-schema.ts';
import { settingsSchema } from '../../src/settings.ts';

const root = join(import.meta.dirname, '../..');

const written = Object.entries(referenceFiles()).map(([path, text]) => [relative(root, path), text] as const);

test.each(written)('%s says what the schemas say: `npm run reference` writes it', (path, text) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(text);
});

/** Every field at any depth without a description. */
function undescribed(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { properties = {}, ...rest } = value as Schema & Record<string, unknown>;
  const own = Object.entries(properties).flatMap(([name, field]) => [
    ...(field.description ? [] : [`${path}${name}`]),
    ...undescribed(field, `${path}${name}.`),
  ]);
  return [...own, ...['items', 'additionalProperties'].flatMap((name) => undescribed(rest[name], `${path}${name}.`))];
}

test('every field of jvAgent.json is described, and every setting that is not for tests', () => {
  expect(undescribed(configJsonSchema())).toEqual([]);
  expect(undescribed(schemaOf(settingsSchema))).toEqual(['JVAGENT_CRASH_AT']);
});

test('every page and heading that a description names is there', () => {
  const anchorOf = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  const named = JSON.stringify([configJsonSchema(), schemaOf(settingsSchema)]).matchAll(
    /docs\/[a-z-]+\.md(#[a-z-]+)?/g,
  );
  const missing = [...named].filter(([whole, anchor]) => {
    const page = join(root, whole.split('#')[0] ?? '');
    if (!existsSync(page)) return true;
    const headings = [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      anchorOf(heading),
    );
    return anchor !== undefined && !headings.includes(anchor.slice(1));
  });
  expect(missing.map(([whole]) => whole)).toEqual([]);
});

const validate = new AjvJsonSchemaValidator().getValidator(configJsonSchema());
const agents = globSync('{templates,examples}/**/jvAgent.json', { cwd: root });

test('there are agents to look at', () => {
  expect(agents.length).toBeGreaterThan(6);
});

test.each(agents)('%s fits the schema that it names', (file) => {
  const config = JSON.parse(readFileSync(join(root, file), 'utf8')) as { $schema: string };
  expect(validate(config)).toMatchObject({ valid: true });
  expect(existsSync(join(root, dirname(file), config.$schema))).toBe(true);
});

test('a wrong type, a wrong word and a field that is missing do not fit, an unknown field does', () => {
  const fits = (more: object) => validate({ id: 'docs', ...more }).valid;
  expect(fits({ autoRun: { enabled: 'yes' } })).toBe(false);
  expect(fits({ sessionMapper: 'thread' })).toBe(false);
  expect(fits({ email: { from: 'agent@example.com' } })).toBe(false);
  expect(fits({ later: 1, autoRun: { later: 1 } })).toBe(true);
});
