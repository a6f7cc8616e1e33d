/**
 * Which parts of an agent's secrets.env are secret, by the names and the look of its values; the rest is plain text.
 *
 * A credential by its name is one whatever it looks like. Any other value is secret only where it looks random.
 */
import { looksRandom } from '../../base/looks-random.ts';
import { percentDecoded } from '../../base/percent.ts';
import { bareToken, createRedact, type NamedSecret } from '../../base/redact.ts';
import { limits } from '../../limits.ts';
import type { AgentConfig } from '../config/config.ts';
import { isCredentialName } from './secret-names.ts';
import type { Secrets } from './secrets.ts';

type Config = Pick<AgentConfig, 'sandbox'>;

/** The password in an address, as it is sent and as it is written; none where it has none. */
function passwordsIn(url: string): string[] {
  const { password } = URL.canParse(url) ? new URL(url) : { password: '' };
  return password === '' ? [] : [...new Set([percentDecoded(password), password])];
}

/** Of `Basic` and a pair the password, which is the secret of the two. */
function passwordInPair(value: string): string[] {
  const [, pair] = /^Basic\s+(\S+)$/i.exec(value) ?? [];
  const [, password] = /^[^:]*:(.+)$/s.exec(pair ? Buffer.from(pair, 'base64').toString('utf8') : '') ?? [];
  return password ? [password] : [];
}

/** A key of several lines leaks line by line too. */
const linesOf = (value: string) => (value.includes('\n') ? value.split(/\r?\n/).map((line) => line.trim()) : []);

function credentialsIn(name: string, value: string, config: Config): string[] {
  if (name === 'SMTP_URL') return passwordsIn(value);
  return isCredentialName(name, config) ? [bareToken(value)] : [];
}

function secretsIn(name: string, value: string, config: Config): string[] {
  const credentials = credentialsIn(name, value, config);
  const whole = credentials.length > 0 && name !== 'SMTP_URL' ? [value, ...passwordInPair(value)] : credentials;
  const random = [value, ...passwordsIn(value), ...linesOf(value)].filter((part) => looksRandom(bareToken(part)));
  return [...whole, ...random];
}

/**
 * Whether `value` is, under whatever name, one of those that `isGuarded` names, or holds one in it: an address of a feed or a
 * `Basic` pair gives it away too. `Bearer` before it makes no difference.
 */
export function isCopy(value: string, secrets: Secrets, isGuarded: (name: string) => boolean): boolean {
  const guarded = [...secrets]
    .filter(([name]) => isGuarded(name))
    .flatMap(([, secret]) => [secret.reveal(), ...passwordsIn(secret.reveal()), ...passwordInPair(secret.reveal())])
    .map(bareToken);
  // A short one stands in other values by chance.
  const long = guarded.filter((one) => one.length >= limits.freeCredentialCharsMin);
  const redact = createRedact(long.map((one) => ({ name: 'guarded', value: one })));
  return guarded.includes(bareToken(value)) || redact(value) !== value;
}

/** What is to be hidden of these secrets, each under its name; one name may hide several values. */
export function secretsToHide(secrets: Secrets, config: Config): NamedSecret[] {
  return [...secrets].flatMap(([name, secret]) =>
    [...new Set(secretsIn(name, secret.reveal(), config))].map((value) => ({ name, value })),
  );
}

/** Names of credentials that cannot be hidden at all, and of those that are hidden only where they stand as words. */
export function shortCredentials(secrets: Secrets, config: Config): { tooShort: string[]; short: string[] } {
  const shortest = [...secrets].flatMap(([name, secret]) => {
    const lengths = credentialsIn(name, secret.reveal(), config).map((value) => value.length);
    return lengths.length > 0 ? [{ name, chars: Math.min(...lengths) }] : [];
  });
  const { credentialCharsMin, freeCredentialCharsMin } = limits;
  return {
    tooShort: shortest.filter(({ chars }) => chars < credentialCharsMin).map(({ name }) => name),
    short: shortest
      .filter(({ chars }) => chars >= credentialCharsMin && chars < freeCredentialCharsMin)
      .map(({ name }) => name),
  };
}
