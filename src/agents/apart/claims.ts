/** What an agent claims for itself, so that no other customer's agent may have it too: instance, target branch, prefix, tokens. */
import { createHmac } from 'node:crypto';
import { bareToken } from '../../base/redact.ts';
import { percentDecoded } from '../../base/text/percent.ts';
import type { Agent } from '../agent.ts';
import { azureReposOf } from '../azure-remote.ts';
import type { AgentConfig } from '../config/config.ts';
import type { Place } from '../fault.ts';
import { locationNames } from '../locations.ts';
import { secretsToHide } from '../secrets/credentials.ts';
import type { Secrets } from '../secrets/secrets.ts';

export type ClaimKind = 'instance' | 'target-branch' | 'branch-prefix' | 'credential';

/** One thing that belongs to one customer. */
export interface Claim {
  readonly kind: ClaimKind;
  /** A place in normal form, or the keyed hash of a credential. */
  readonly key: string;
}

/** A claim and where the agent's files make it. */
export interface StatedClaim extends Claim {
  /** The name of the credential in secrets.env; empty for the other kinds. */
  readonly secretName: string;
  readonly at: Place;
}

/** Where a field of jvAgent.json or a name of secrets.env is written. */
export interface StatedAt {
  field(path: readonly string[]): Place;
  secret(name: string): Place;
}

/** Credentials as keyed hashes, comparable only under the same key; values that are not secret make no claim. */
function credentialsOf(secrets: Secrets, config: AgentConfig, hashKey: Buffer): { key: string; secretName: string }[] {
  const keyed = (value: string) => createHmac('sha256', hashKey).update(bareToken(value)).digest('hex');
  const own = secretsToHide(secrets, config).filter(({ name }) => !locationNames.has(name));
  const byKey = new Map(own.map(({ name, value }) => [keyed(value), name]));
  return [...byKey].map(([key, secretName]) => ({ key, secretName }));
}

/** The address of a place without what does not tell it from others: `.git`, query, slashes, a dot after the host. */
function normalized(place: string): string {
  if (!URL.canParse(place)) return place;
  const { origin, pathname } = new URL(place);
  const path = percentDecoded(pathname).replace(/\/+/g, '/').replace(/\/$/, '');
  return `${origin.replace(/\.(?=$|:\d+$)/, '')}${path.replace(/\.git$/i, '')}`;
}

/** Code hosts take their names in any case, and Azure Repos knows each repository by several addresses. */
function repositoryOf(remote: string): string {
  const place = normalized(remote);
  const { baseUrl, organization, project, repository } = azureReposOf(place) ?? {};
  const parts = baseUrl === undefined ? [place] : [baseUrl, organization, project, repository];
  return parts.join('/').toLowerCase().replace('//www.github.com/', '//github.com/');
}

/** Everything that the agent claims; `secrets` are its own, and `hashKey` is the key of this state. */
export function claimsOf(
  { config, locations }: Pick<Agent, 'config' | 'locations'>,
  secrets: Secrets,
  { hashKey, at }: { hashKey: Buffer; at: StatedAt },
): StatedClaim[] {
  const { git } = config;
  const remote = locations.remote ?? git?.repo;
  const place = (kind: ClaimKind, key: string, path: readonly string[], named?: string): StatedClaim => ({
    ...{ kind, key, secretName: '' },
    at: named !== undefined && secrets.has(named) ? at.secret(named) : at.field(path),
  });
  const target = `${remote === undefined ? 'an unnamed remote' : repositoryOf(remote)} ${git?.customerBranch}`;
  return [
    ...(git ? [place('target-branch', target, ['git', 'customerBranch'])] : []),
    ...(git ? [place('branch-prefix', git.branchPrefix, ['git', 'branchPrefix'])] : []),
    ...(locations.instanceUrl
      ? [place('instance', normalized(locations.instanceUrl), ['instance', 'url'], 'INSTANCE_URL')]
      : []),
    ...credentialsOf(secrets, config, hashKey).map(
      ({ key, secretName }): StatedClaim => ({ kind: 'credential', key, secretName, at: at.secret(secretName) }),
    ),
  ];
}
