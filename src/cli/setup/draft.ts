/**
 * A new agent before any of its files exists: a template with the agent's own names and values.
 *
 * template's jvAgent.json -> the new agent's names -> fields -> values by path -> the files to write
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentId, isSegment, parseAgentId } from '../../agents/agent-id.ts';
import { agentConfigSchema } from '../../agents/config/config.ts';
import { configFileName } from '../../agents/config/file.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { schemaPathOf } from './schema-file.ts';
import { secretsText } from './secrets-text.ts';
import type { NewFile } from './write-new.ts';

export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
}

export interface DraftOptions {
  /** The workspace. */
  readonly root: string;
  readonly id: string;
  /** A folder in `templates/`. */
  readonly template: string;
  /** Fields of jvAgent.json that replace the template's, block by block; undefined leaves a block out. */
  readonly over?: Readonly<Record<string, unknown>>;
  /** Single values, which override everything else. */
  readonly settings?: readonly Setting[];
  /** Values for secrets.env, by name. */
  readonly secrets?: Readonly<Record<string, string>>;
}

export interface Draft {
  readonly id: AgentId;
  /** Paths are relative to the workspace; jvAgent.json comes last, because with it the agent exists. */
  readonly files: readonly NewFile[];
}

type Fields = Record<string, unknown>;

const templatesFolder = join(import.meta.dirname, '../../../templates');
const secretsFile = 'secrets.env';

/** The name of the templates' own agent, in all its forms. */
const templateName = /codechange\/example|example\.com|\bexample\b|\bExample/g;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The template's text with the new agent's name instead of the template's. Hosts stay below example.com. */
function renamed(text: string, id: AgentId): string {
  const name = id.split('/').at(-1) ?? id;
  const forms: Readonly<Record<string, string>> = {
    'codechange/example': id,
    'example.com': `${name}.example.com`,
    example: name,
    Example: name.charAt(0).toUpperCase() + name.slice(1),
  };
  return text.replace(templateName, (form) => forms[form] ?? form);
}

/** Merges blocks field by field and replaces everything else. */
function laidOver(below: Fields, above: Fields): Fields {
  const joined = Object.entries(above).map(([name, value]) => {
    const under = below[name];
    return [name, isFields(under) && isFields(value) ? laidOver(under, value) : value];
  });
  return { ...below, ...Object.fromEntries(joined) };
}

function nested({ path, value }: Setting): Fields {
  const [name = '', ...rest] = path;
  return { [name]: rest.length > 0 ? nested({ path: rest, value }) : value };
}

/** `devops.project` as the names along it; undefined if this is no path to a field. */
export function fieldPath(text: string): string[] | undefined {
  const names = text.split('.');
  return names.some((name) => name === '' || name === '__proto__') ? undefined : names;
}

/** The text of secrets.env; CONFIG_INVALID for a value that no dotenv file can hold. A faulty configuration needs nothing yet. */
function secretsOf(id: AgentId, config: Fields, given: Readonly<Record<string, string>>): string | Refusal {
  const parsed = agentConfigSchema.safeParse(config);
  return secretsText(id, parsed.success ? parsed.data : undefined, given);
}

/** AGENT_ID if the id is malformed or taken; CONFIG_INVALID if there is no such template. Values are not checked: see `rehearse`. */
export function draftAgent({ root, template, ...options }: DraftOptions): Draft | Refusal {
  const { over = {}, settings = [], secrets = {} } = options;
  const id = parseAgentId(options.id);
  if (isRefusal(id)) return id;
  const source = join(templatesFolder, template);
  if (!isSegment(template) || !existsSync(join(source, configFileName))) {
    return refuse(
      'CONFIG_INVALID',
      `there is no template ${template}`,
      `Templates are the folders of ${templatesFolder}.`,
    );
  }
  if (existsSync(join(root, id, configFileName))) {
    return refuse('AGENT_ID', `the agent ${id} already exists`, 'Choose another id, or edit its jvAgent.json.');
  }
  const hasSecrets = existsSync(join(root, id, secretsFile));
  if (hasSecrets && Object.keys(secrets).length > 0) {
    const why = `${id}/${secretsFile} already exists, so the given secrets were not written`;
    return refuse('AGENT_ID', why, `Remove ${id}/${secretsFile}, or give no secrets.`);
  }
  const base = JSON.parse(renamed(readFileSync(join(source, configFileName), 'utf8'), id)) as Fields;
  const config = [{ $schema: schemaPathOf(id) }, over, ...settings.map(nested), { id }].reduce(laidOver, base);
  const ofSecrets = secretsOf(id, config, secrets);
  if (isRefusal(ofSecrets)) return ofSecrets;
  const copied = globSync('**/*.*', { cwd: source })
    .filter((file) => file !== configFileName && !existsSync(join(root, id, file)))
    .map((file) => ({ path: join(id, file), text: readFileSync(join(source, file), 'utf8'), mode: 0o644 }));
  const files = [
    ...copied,
    ...(hasSecrets ? [] : [{ path: join(id, secretsFile), text: ofSecrets, mode: 0o600 }]),
    { path: join(id, configFileName), text: `${JSON.stringify(config, null, 2)}\n`, mode: 0o644 },
  ];
  return { id, files };
}
