/** The parts of a request that an endpoint gets, and how an endpoint says which requests it answers. */

import type { Expand, Scope } from '../items/views.ts';
import type { Person, Project } from '../model.ts';
import { errors } from './errors.ts';

export interface Call extends Scope {
  person: Person;
  /** The project in the url, if there is one. */
  project: Project | undefined;
  /** The team in the url, if there is one. */
  team: string | undefined;
  /** A query parameter; its name is accepted in any case, with or without `$`. */
  query(name: string): string | undefined;
  /** The parsed JSON body, or the bytes of a file. */
  body: unknown;
}

export interface Endpoint {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** The hono path after organization, project and team, in lower case. */
  path: string;
  /** Area and resource name in locations.json, which has the accepted versions. */
  location: string;
  /** Returns the JSON of the answer or a complete Response, or a promise of one. Throws ApiError. */
  answer(call: Call, parameters: Record<string, string>): unknown;
  /** The status of a good answer; 200 by default. */
  status?: 201;
  /** The media type of the body, if it is not plain JSON. */
  mediaType?: string;
}

/** The path pattern for a positive number. */
export const idPattern = '[1-9][0-9]{0,9}';

/** An enum value by name (in any case) or number; the fallback if it is missing. */
export function enumValue<T extends string>(
  raw: unknown,
  values: Record<T, number>,
  fallback: NoInfer<T>,
  name: string,
): T {
  if (raw === undefined || raw === null || raw === '') return fallback;
  const text = String(raw).toLowerCase();
  for (const key of Object.keys(values) as T[])
    if (key.toLowerCase() === text || String(values[key]) === text) return key;
  throw errors.badArgument(`The value '${raw}' is not valid for the parameter '${name}'.`);
}

const expandValues = { none: 0, relations: 1, fields: 2, links: 3, all: 4 };

/** Reads `$expand` of work items and revisions; together with `fields` it is a 400. */
export function expandOf(raw: unknown, names: readonly string[] | undefined): Expand {
  const value = enumValue(raw, expandValues, 'none', '$expand');
  if (value !== 'none' && names)
    throw errors.badArgument('The expand parameter can not be used with the fields parameter.');
  return {
    relations: value === 'relations' || value === 'all',
    links: value === 'links' || value === 'all',
    all: value === 'all',
  };
}

/** Reads a whole number of a query, within its limits. */
export function countOf(raw: string | undefined, fallback: number, countMax: number): number {
  if (raw === undefined) return fallback;
  const count = Number(raw);
  if (!Number.isInteger(count) || count < 0) throw errors.badArgument(`The value '${raw}' is not a whole number.`);
  return Math.min(count, countMax);
}

/** `a,b` -> `["a", "b"]`; undefined if it is missing. */
export function listOf(raw: string | undefined): string[] | undefined {
  const parts = raw
    ?.split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  return parts?.length ? parts : undefined;
}

/** A body that must be an object. */
export function objectBody(call: Call): Record<string, unknown> {
  if (typeof call.body !== 'object' || call.body === null || Array.isArray(call.body))
    throw errors.badArgument('Value cannot be null. Parameter name: body');
  return call.body as Record<string, unknown>;
}

/** The project in the url; TF200016 if there is none. */
export function projectIn({ project }: Pick<Call, 'project'>): Project {
  if (!project) throw errors.missingProject('');
  return project;
}

export function valueList(value: unknown[]): { count: number; value: unknown[] } {
  return { count: value.length, value };
}
