/** The faults of one agent's secrets.env: of the file, of its lines, of values that are too short, and of what is missing. */
import { join } from 'node:path';
import { known } from '../../base/known.ts';
import { nearest } from '../../base/text/nearest.ts';
import { limits } from '../../limits.ts';
import { isRefusal } from '../../refusal.ts';
import type { AgentId } from '../agent-id.ts';
import type { AgentConfig } from '../config/config.ts';
import { type Fault, fault, type Place } from '../fault.ts';
import { shortCredentials } from './credentials.ts';
import type { Needed } from './needed.ts';
import { readNames } from './secret-names.ts';
import { readSecrets, type Secrets, type SecretsFile } from './secrets.ts';

/** An agent's secrets.env as it was read, without its values where it could not be. */
export interface ReadSecrets {
  readonly secrets: Secrets;
  /** Of the file and its lines. */
  readonly faults: readonly Fault[];
  /** Lines that the agent works with, but that somebody should correct. */
  readonly warnings: readonly Fault[];
  /** Where a name is set. */
  placeOf(name: string): Place;
  /** Of values that are too short. */
  short(config: AgentConfig): { faults: Fault[]; warnings: Fault[] };
  /** What the agent cannot work without and nobody has set. */
  missing(needed: readonly Needed[]): Fault[];
}

/** Credentials that are too short to be hidden, or so short that they are hidden only as whole words. */
function shortFaults(config: AgentConfig, secrets: Secrets, placeOf: ReadSecrets['placeOf']) {
  const { credentialCharsMin: min, freeCredentialCharsMin: free } = limits;
  const { tooShort, short } = shortCredentials(secrets, config);
  const say = (chars: number, fix: string) => (name: string) => {
    const place = placeOf(name);
    return fault('SECRETS_KEY', place.file, `${name} has fewer than ${chars} characters`, { ...place, fix });
  };
  return {
    faults: tooShort.map(
      say(
        min,
        'Use a longer value. If it is not a credential, rename it: names that end in PAT, TOKEN, KEY, SECRET or PASSWORD are treated as credentials.',
      ),
    ),
    warnings: short.map(
      say(
        free,
        `Use a credential of ${free} or more characters: a shorter one is hidden only where it appears as a separate word.`,
      ),
    ),
  };
}

/** The secrets that the agent cannot work without and that nobody has set: one fault for all if there is no file. */
function missingFaults(
  id: AgentId,
  needed: readonly Needed[],
  { secrets, exists }: SecretsFile,
  placeOf: ReadSecrets['placeOf'],
) {
  const missing = needed.filter(({ name, isRequired }) => isRequired && !secrets.has(name));
  if (missing.length === 0) return [];
  const file = `${id}/secrets.env`;
  if (!exists) {
    const names = missing.map(({ name }) => name).join(', ');
    const fix = `Create ${file} with mode 600, and set ${names} in it.`;
    return [fault('CONFIG_INVALID', file, `is missing: ${id} needs ${names}`, { fix, isUnfilled: true })];
  }
  return missing.map(({ name, why }) =>
    fault('CONFIG_INVALID', file, `${name} is not set`, {
      ...placeOf(name),
      fix: `Set ${name} in ${file}. ${why}.`,
      isUnfilled: true,
    }),
  );
}

/** Names that the platform does not read, each nearly one that is not set. */
function misspeltWarnings(secrets: Secrets, placeOf: ReadSecrets['placeOf']): Fault[] {
  const unset = readNames.filter((name) => !secrets.has(name));
  return [...secrets.keys()].flatMap((name) => {
    const near = readNames.includes(name) ? undefined : nearest(name, unset);
    if (near === undefined) return [];
    const place = placeOf(name);
    const message = `${name} is not a name that the platform reads; it only reaches your own tools`;
    return [fault('SECRETS_KEY', place.file, message, { ...place, fix: `Did you mean ${near}?` })];
  });
}

/** Reads the secrets.env of an agent; `root` is the workspace. */
export function readSecretsOf(root: string, id: AgentId): ReadSecrets {
  const file = `${id}/secrets.env`;
  const read = readSecrets(join(root, id));
  if (isRefusal(read)) {
    const faults = [fault(read.refused, file, read.why, { fix: read.fix })];
    const short = () => ({ faults: [], warnings: [] });
    return { secrets: new Map(), faults, warnings: [], placeOf: () => ({ file }), short, missing: () => [] };
  }
  const placeOf = (name: string): Place => ({ file, ...known({ line: read.lines.get(name) }) });
  const ofLevel = (wanted: 'fault' | 'warning') =>
    read.slips.flatMap(({ level, line, message, fix }) =>
      level === wanted ? [fault('SECRETS_KEY', file, message, known({ line, fix }))] : [],
    );
  return {
    secrets: read.secrets,
    faults: ofLevel('fault'),
    warnings: [...ofLevel('warning'), ...misspeltWarnings(read.secrets, placeOf)],
    placeOf,
    short: (config) => shortFaults(config, read.secrets, placeOf),
    missing: (needed) => missingFaults(id, needed, read, placeOf),
  };
}
