/** Reads one agent's secrets.env as a private file. Secrets are never inherited and cannot be printed by accident. */
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type Refusal, refuse } from '../../refusal.ts';
import { readPrivateEnv } from '../../settings.ts';

/** A value that appears as `[redacted]` in text, JSON and logs; only `reveal()` returns it. */
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

/** CONFIG_INVALID for an agent that needs this name. */
export function missingSecret({ id }: { id: string }, name: string): Refusal {
  return refuse('CONFIG_INVALID', `${id}: ${name} is not set`, `Set ${name} in ${id}/secrets.env.`);
}

const gitNames: ReadonlySet<string> = new Set(['GIT_TOKEN', 'GIT_REMOTE']);

/** Names that would control a child process or the engine if they were in its environment. */
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
 * The secrets of the agent in `agentFolder`; empty if it has no secrets.env.
 * SECRETS_MODE, SECRETS_LINK or SECRETS_KEY disables this agent. `why` follows the file's name, and never contains a value.
 */
export function readSecrets(agentFolder: string): { secrets: Secrets } | Refusal {
  const read = readPrivateEnv(join(agentFolder, 'secrets.env'));
  if ('fault' in read) {
    if (read.fault === 'missing') return { secrets: new Map() };
    if (read.fault === 'mode') return refuse('SECRETS_MODE', 'belongs to another user, or others can read it');
    if (read.fault === 'denied') return refuse('SECRETS_MODE', 'is not readable for this user');
    return refuse('SECRETS_LINK', `must be a small regular file without links (found: ${read.fault})`);
  }
  const entries = Object.entries(read.values);
  const steering = entries.map(([name]) => name).filter(steersPrograms);
  if (steering.length > 0) {
    return refuse('SECRETS_KEY', `sets ${steering.join(', ')}, which would control child programs`);
  }
  if (entries.some(([name, value]) => isRemoteWithPassword(name, value))) {
    return refuse('SECRETS_KEY', 'has a user name or password in GIT_REMOTE', 'Put the token into GIT_TOKEN instead.');
  }
  const given = entries.filter(([, value]) => value !== '');
  return { secrets: new Map(given.map(([name, value]) => [name, createSecret(value)])) };
}
