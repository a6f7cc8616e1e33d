/** Reads one agent's secrets.env as a private file. Secrets are never inherited and cannot be printed by accident. */
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { Dotenv } from '../../base/text/dotenv.ts';
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

/** What is wrong with a name or a line of secrets.env; it never contains a value. */
export interface SecretSlip {
  /** A fault disables the agent. */
  readonly level: 'fault' | 'warning';
  readonly line: number | undefined;
  readonly message: string;
  /** Undefined for the usual fix. */
  readonly fix?: string;
}

export interface SecretsFile {
  readonly secrets: Secrets;
  /** Whether there is a file. */
  readonly exists: boolean;
  /** The line that sets each name, counted from 1; names without a value too. */
  readonly lines: ReadonlyMap<string, number>;
  readonly slips: readonly SecretSlip[];
}

/** An address without its user name; one with a password is returned as it is. */
function withoutUser(name: string, value: string): string {
  if (name !== 'GIT_REMOTE' || !URL.canParse(value) || new URL(value).password !== '') return value;
  return value.replace(/^(https?:\/\/)[^/@]*@/i, '$1');
}

function hasPassword(name: string, value: string): boolean {
  return name === 'GIT_REMOTE' && URL.canParse(value) && new URL(value).password !== '';
}

function slipsIn({ values, lines, slips }: Dotenv): SecretSlip[] {
  const ofNames = Object.entries(values).flatMap(([name, value]): SecretSlip[] => {
    const line = lines.get(name);
    if (steersPrograms(name))
      return [{ level: 'fault', line, message: `sets ${name}, which would control child programs` }];
    if (!hasPassword(name, value)) return [];
    return [
      { level: 'fault', line, message: 'has a password in GIT_REMOTE', fix: 'Put the token into GIT_TOKEN instead.' },
    ];
  });
  const ofLines = slips.map(({ isWrong, line, message, fix }): SecretSlip => {
    return { level: isWrong ? 'fault' : 'warning', line, message, fix };
  });
  return [...ofNames, ...ofLines].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/**
 * The secrets of the agent in `agentFolder`; empty if it has no secrets.env. SECRETS_MODE or SECRETS_LINK if the file is not
 * private, SECRETS_KEY if it is no text. `why` follows the file's name.
 */
export function readSecrets(agentFolder: string): SecretsFile | Refusal {
  const read = readPrivateEnv(join(agentFolder, 'secrets.env'));
  if ('fault' in read) {
    if (read.fault === 'missing') return { secrets: new Map(), exists: false, lines: new Map(), slips: [] };
    if (read.fault === 'mode') return refuse('SECRETS_MODE', 'belongs to another user, or others can read it');
    if (read.fault === 'denied') return refuse('SECRETS_MODE', 'is not readable for this user');
    if (read.fault === 'not text') return refuse('SECRETS_KEY', 'is not UTF-8 text', 'Save secrets.env as UTF-8 text.');
    return refuse('SECRETS_LINK', `must be a small regular file without links (found: ${read.fault})`);
  }
  const given = Object.entries(read.values).filter(([, value]) => value !== '');
  const secrets = new Map(given.map(([name, value]) => [name, createSecret(withoutUser(name, value))]));
  return { secrets, exists: true, lines: read.lines, slips: slipsIn(read) };
}
