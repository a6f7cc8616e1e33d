/** The api-version rules: where the version can be given, when it is required, and which versions a resource accepts. */
import { errors } from './errors.ts';
import locations from './locations.json' with { type: 'json' };
import gitLocations from './locations-git.json' with { type: 'json' };
import workItemLocations from './locations-wit.json' with { type: 'json' };

export type Location = (typeof locations)[number];

export const resourceLocations: readonly Location[] = [...locations, ...workItemLocations, ...gitLocations];

/** The location of a resource, such as `wit/comments`. */
export function locationOf(name: string): Location {
  const found = resourceLocations.find(({ area, resourceName }) => `${area}/${resourceName}` === name);
  if (!found) throw new Error(`bug: no location ${name}`);
  return found;
}

export interface ApiVersion {
  /** The version as a number for comparisons: 7.1. */
  number: number;
  /** As requested, such as `7.1-preview.3`; repeated in the answer. */
  text: string;
}

const mustBeNamed = new Set(['POST', 'PATCH', 'PUT']);
const highest = 7.2;

function askedVersion(request: Request): string | undefined {
  for (const [name, value] of new URL(request.url).searchParams) if (name.toLowerCase() === 'api-version') return value;
  return /api-version=([^;,\s]+)/i.exec(request.headers.get('accept') ?? '')?.[1];
}

/** The version of a call to this resource. Without one, GET uses the newest version. Throws the API's 400s. */
export function versionOf(request: Request, { releasedVersion, maxVersion }: Location): ApiVersion {
  const text = askedVersion(request);
  if (text === undefined) {
    if (mustBeNamed.has(request.method)) throw errors.noVersion(request.method);
    const newest = Number(releasedVersion) ? releasedVersion : `${maxVersion}-preview`;
    return { number: Number.parseFloat(newest), text: newest };
  }
  const [, digits, preview] = /^(\d+\.\d+)(-preview(?:\.\d+)?)?$/i.exec(text) ?? [];
  const number = Number(digits);
  if (digits === undefined || number > highest) throw errors.versionOutOfRange(text);
  if (!preview && number > Number(releasedVersion)) throw errors.previewOnly(text);
  return { number, text };
}
