/**
 * Which values in an agent's secrets.env are secret, judged by name and by form; the rest is plain text.
 *
 * A value with the name of a credential is always secret. Any other value is secret only if it looks random.
 */
import { looksRandom } from '../../base/looks-random.ts';
import { bareToken, createRedact, type NamedSecret } from '../../base/redact.ts';
import { percentDecoded } from '../../base/text/percent.ts';
import { limits } from '../../limits.ts';
import type { AgentConfig } from '../config/config.ts';
import { isCredentialName, isUrlName } from './secret-names.ts';
import type { Secrets } from './secrets.ts';

type Config = Pick<AgentConfig, 'sandbox'>;

/** The password in a url, in its encoded and its decoded form; empty if there is none. */
function passwordsIn(url: string): string[] {
  const { password } = URL.canParse(url) ? new URL(url) : { password: '' };
  return password === '' ? [] : [...new Set([percentDecoded(password), password])];
}

/** The password in a `Basic` header value; the user name is not secret. */
function passwordInPair(value: string): string[] {
  const [, pair] = /^Basic\s+(\S+)$/i.exec(value) ?? [];
  const [, password] = /^[^:]*:(.+)$/s.exec(pair ? Buffer.from(pair, 'base64').toString('utf8') : '') ?? [];
  return password ? [password] : [];
}

/** The lines of a multi-line key, because each line can leak separately. */
const linesOf = (value: string) => (value.includes('\n') ? value.split(/\r?\n/).map((line) => line.trim()) : []);

function credentialsIn(name: string, value: string, config: Config): string[] {
  if (isUrlName(name)) return passwordsIn(value);
  return isCredentialName(name, config) ? [bareToken(value)] : [];
}

function secretsIn(name: string, value: string, config: Config): string[] {
  const credentials = credentialsIn(name, value, config);
  const whole = credentials.length > 0 && !isUrlName(name) ? [value, ...passwordInPair(value)] : credentials;
  const random = [value, ...passwordsIn(value), ...linesOf(value)].filter((part) => looksRandom(bareToken(part)));
  return [...whole, ...random];
}

/**
 * Whether `value` equals or contains a secret that `isGuarded` names: the address of a feed or a
 * `Basic` pair would reveal it too. A leading `Bearer` makes no difference.
 */
export function isCopy(value: string, secrets: Secrets, isGuarded: (name: string) => boolean): boolean {
  const guarded = [...secrets]
    .filter(([name]) => isGuarded(name))
    .flatMap(([, secret]) => [secret.reveal(), ...passwordsIn(secret.reveal()), ...passwordInPair(secret.reveal())])
    .map(bareToken);
  // Other values may contain a short one by chance.
  const long = guarded.filter((one) => one.length >= limits.freeCredentialCharsMin);
  const redact = createRedact(long.map((one) => ({ name: 'guarded', value: one })));
  return guarded.includes(bareToken(value)) || redact(value) !== value;
}

/** The values to redact, each with its name; one name can have several values. */
export function secretsToHide(secrets: Secrets, config: Config): NamedSecret[] {
  return [...secrets].flatMap(([name, secret]) =>
    [...new Set(secretsIn(name, secret.reveal(), config))].map((value) => ({ name, value })),
  );
}

/** The names of credentials that are too short to be redacted, and of those that are redacted only as whole words. */
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
