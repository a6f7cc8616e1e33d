/** One agent's secrets.env: read as a private file, never inherited, and held so that it cannot be printed by accident. */
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type Refusal, refuse } from '../../refusal.ts';
import { readPrivateEnv } from '../../settings.ts';

/** A value that shows as `[redacted]` in text, JSON and logs; only `reveal()` gives it away. */
export interface Secret {
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

/** By name, such as `AZDO_PAT`. */
export type Secrets = ReadonlyMap<string, Secret>;

const shown = '[redacted]';

export function createSecret(value: string): Secret {
  const hidden = () => shown;
  const secret = { reveal: () => value, toString: hidden, toJSON: hidden };
  Object.defineProperty(secret, inspect.custom, { value: hidden });
  return Object.freeze(secret);
}

/** CONFIG_INVALID for an agent that cannot do without this name. */
export function missingSecret({ id }: { id: string }, name: string): Refusal {
  return refuse('CONFIG_INVALID', `${id}: ${name} is not set`, `Set ${name} in ${id}/secrets.env.`);
}

const gitNames: ReadonlySet<string> = new Set(['GIT_TOKEN', 'GIT_REMOTE']);

/** Names that would steer a child process or the engine instead of being handed to a tool. */
export function steersPrograms(name: string): boolean {
  if (gitNames.has(name)) return false;
  return name === 'PATH' || name === 'NODE_OPTIONS' || /^(LD|GIT|ANTHROPIC)_/.test(name);
}

function isRemoteWithPassword(name: string, value: string): boolean {
  if (name !== 'GIT_REMOTE' || !URL.canParse(value)) return false;
  const { username, password } = new URL(value);
  return username !== '' || password !== '';
}

/**
 * The secrets of the agent in `agentFolder`; none when it has no secrets.env.
 * SECRETS_MODE, SECRETS_LINK or SECRETS_KEY disables that agent; no refusal quotes a value.
 */
export function readSecrets(agentFolder: string): { secrets: Secrets } | Refusal {
  const read = readPrivateEnv(join(agentFolder, 'secrets.env'));
  if ('fault' in read) {
    if (read.fault === 'missing') return { secrets: new Map() };
    if (read.fault === 'mode') return refuse('SECRETS_MODE', 'secrets.env is not ours or is open to others');
    if (read.fault === 'denied') return refuse('SECRETS_MODE', 'secrets.env cannot be read by this user');
    return refuse('SECRETS_LINK', `secrets.env is not a small regular file with one name (${read.fault})`);
  }
  const entries = Object.entries(read.values);
  const steering = entries.map(([name]) => name).filter(steersPrograms);
  if (steering.length > 0) {
    return refuse('SECRETS_KEY', `secrets.env sets ${steering.join(', ')}, which would steer programs`);
  }
  if (entries.some(([name, value]) => isRemoteWithPassword(name, value))) {
    return refuse('SECRETS_KEY', 'GIT_REMOTE holds a user name or password', 'Put the token into GIT_TOKEN instead.');
  }
  const given = entries.filter(([, value]) => value !== '');
  return { secrets: new Map(given.map(([name, value]) => [name, createSecret(value)])) };
}
