/** The tables of fields and settings in docs/configuration.md, from the descriptions that stand at the schemas. */
import type { Schema } from './json-schema.ts';

interface Row {
  readonly name: string;
  readonly field: Schema;
  readonly isRequired: boolean;
}

/** Blocks come before their fields, `git` before `git.pr` before `git.pr.draft`. */
function rowsOf({ properties = {}, required = [] }: Schema, path = ''): Row[] {
  return Object.entries(properties).flatMap(([name, field]) => [
    { name: `${path}${name}`, field, isRequired: required.includes(name) && field.default === undefined },
    ...rowsOf(field, `${path}${name}.`),
  ]);
}

/** What stands in parentheses; undefined where the description says it, and for a block. */
function defaultText({ field, isRequired }: Row): string | undefined {
  if (isRequired) return 'required';
  const { default: value, properties } = field;
  if (value === undefined || value === '' || properties) return undefined;
  if (typeof value !== 'object') return `\`${value}\``;
  const size = Object.keys(value ?? {}).length;
  return size === 0 ? 'none' : size === 1 ? `\`${JSON.stringify(value)}\`` : undefined;
}

const page = /\bdocs\/([a-z-]+)\.md(#[a-z-]+)?/g;

/** `docs/slack.md` as a link from one page of `docs/` to another. */
function linked(description: string): string {
  return description.replace(page, (_, name: string, anchor = '') =>
    name === 'configuration' ? `[below](${anchor})` : `[${name}](${name}.md${anchor})`,
  );
}

function lineOf(row: Row): string {
  const meaning = linked(row.field.description ?? '').replaceAll('|', '\\|');
  const value = defaultText(row);
  return `| \`${row.name}\` | ${meaning}${value ? ` (${value})` : ''} |`;
}

/** One row for each field with a description; a schema's own order. */
export function tableOf(schema: Schema, heading: string): string {
  const rows = rowsOf(schema).filter(({ field }) => field.description !== undefined);
  return [`| ${heading} | meaning |`, '|---|---|', ...rows.map(lineOf)].join('\n');
}

/** The page with this text between `<!-- NAME -->` and `<!-- end of NAME -->`. */
export function filledIn(text: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `\n<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no place for ${name}`);
  return `${text.slice(0, from)}${begin}${table}${text.slice(to)}`;
}
