/**
 * Writes a new agent's folder from a template.
 *
 * template's jvAgent.json -> the new agent's names -> values of a file -> values by path -> checked -> files written
 */
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type AgentId, isSegment, parseAgentId } from '../agents/agent-id.ts';
import { agentConfigSchema } from '../agents/config/config.ts';
import { configFileName } from '../agents/config/file.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';

export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
}

export interface ScaffoldOptions {
  readonly root: string;
  readonly id: string;
  /** A folder in `templates/`. */
  readonly template: string;
  /** Fields of jvAgent.json that replace the template's, block by block. */
  readonly over: Readonly<Record<string, unknown>>;
  /** Single values, which override everything else. */
  readonly settings: readonly Setting[];
}

type Fields = Record<string, unknown>;

const templatesFolder = join(import.meta.dirname, '../../templates');

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

function configFor({ template, over, settings }: ScaffoldOptions, id: AgentId): Fields | Refusal {
  const text = readFileSync(join(templatesFolder, template, configFileName), 'utf8');
  const base = JSON.parse(renamed(text, id)) as Fields;
  const config = [over, ...settings.map(nested), { id }].reduce(laidOver, base);
  const parsed = agentConfigSchema.safeParse(config);
  if (parsed.success) return config;
  const why = z.prettifyError(parsed.error).replace(/\s+/g, ' ');
  return refuse('CONFIG_INVALID', why, 'Nothing was written. Fix the named value.');
}

function writeNew(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, content, { mode: 0o644, flag: 'wx' });
}

/** The files that were written, relative to the workspace. Nothing is written on a refusal, and no file is ever overwritten. */
export function scaffoldAgent(options: ScaffoldOptions): string[] | Refusal {
  const { root, template } = options;
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
  const config = configFor(options, id);
  if (isRefusal(config)) return config;
  const files = globSync('**/*.*', { cwd: source }).filter((file) => file !== configFileName);
  const copied = files.filter((file) => !existsSync(join(root, id, file)));
  for (const file of copied) writeNew(join(root, id, file), readFileSync(join(source, file)));
  writeNew(join(root, id, configFileName), `${JSON.stringify(config, null, 2)}\n`);
  return [configFileName, ...copied].map((file) => join(id, file));
}
