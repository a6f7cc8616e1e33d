/** Finds agents that share something that must belong to one customer only: an instance, target branch, branch prefix or token. */
import { createHmac } from 'node:crypto';
import { bareToken } from '../base/redact.ts';
import type { Agent } from './agent.ts';
import { type AgentId, parentOf } from './agent-id.ts';
import type { AgentConfig } from './config/config.ts';
import { configFileName } from './config/file.ts';
import { type Fault, fault } from './fault.ts';
import { locationNames } from './locations.ts';
import { secretsToHide } from './secrets/credentials.ts';
import type { Secrets } from './secrets/secrets.ts';

/** The parts of an agent that are compared; secrets only as keyed hashes. */
export interface Holdings {
  readonly agent: Agent;
  readonly fingerprints: ReadonlyMap<string, string>;
}

/**
 * The names of the secrets by fingerprint. Fingerprints are comparable only under the same key; values that are not secret have
 * none.
 */
export function fingerprintsOf(secrets: Secrets, config: AgentConfig, key: Buffer): Map<string, string> {
  const keyed = (value: string) => createHmac('sha256', key).update(bareToken(value)).digest('hex');
  const own = secretsToHide(secrets, config).filter(({ name }) => !locationNames.has(name));
  return new Map(own.map(({ name, value }) => [keyed(value), name]));
}

/** A url in normal form: host in lower case, no `.git`, no trailing slash. */
function normalized(place: string): string {
  const url = URL.canParse(place) ? new URL(place).href : place;
  return url.replace(/\/+$/, '').replace(/\.git$/, '');
}

function targetOf({ config, locations }: Agent): string | undefined {
  const remote = locations.remote ?? config.git?.repo;
  return (
    config.git && `${remote === undefined ? 'an unnamed remote' : normalized(remote)} ${config.git.customerBranch}`
  );
}

/**
 * `impl/acme` and `codechange/acme` serve one customer: they may share an instance and its token, but only one of them may push.
 */
function serveOneCustomer(a: Agent, b: Agent): boolean {
  const lastName = (id: AgentId) => id.slice(id.lastIndexOf('/') + 1);
  const areChildren = parentOf(a.id) !== undefined && parentOf(b.id) !== undefined;
  return areChildren && lastName(a.id) === lastName(b.id) && !(a.config.git && b.config.git);
}

function shared(a: Holdings, b: Holdings): string[] {
  const [left, right] = [a.agent, b.agent];
  const found: string[] = [];
  const { instanceUrl: leftUrl } = left.locations;
  const { instanceUrl: rightUrl } = right.locations;
  const prefixes = [left.config.git?.branchPrefix, right.config.git?.branchPrefix];
  const [leftPrefix, rightPrefix] = prefixes;
  const target = targetOf(left);
  if (target !== undefined && target === targetOf(right)) found.push('the target branch');
  if (leftPrefix !== undefined && rightPrefix !== undefined) {
    const overlap = leftPrefix.startsWith(rightPrefix) || rightPrefix.startsWith(leftPrefix);
    if (overlap) found.push(`the branch prefix '${leftPrefix}' / '${rightPrefix}'`);
  }
  if (serveOneCustomer(left, right)) return found;
  if (leftUrl && rightUrl && normalized(leftUrl) === normalized(rightUrl)) found.push('the instance');
  for (const [fingerprint, name] of a.fingerprints) {
    const other = b.fingerprints.get(fingerprint);
    if (other !== undefined) found.push(`the value of ${name} / ${other}`);
  }
  return found;
}

/** For each agent that shares something: one fault for each agent that it shares with, naming both. */
export function overlapsOf(all: readonly Holdings[]): Map<AgentId, [Fault, ...Fault[]]> {
  const faults = new Map<AgentId, [Fault, ...Fault[]]>();
  const add = (id: AgentId, other: AgentId, what: string) => {
    const found = fault('TENANT_OVERLAP', `${id}/${configFileName}`, `${id} and ${other} share ${what}`);
    const known = faults.get(id);
    if (known) known.push(found);
    else faults.set(id, [found]);
  };
  for (const [index, a] of all.entries()) {
    for (const b of all.slice(index + 1)) {
      const what = shared(a, b).join(', ');
      if (what === '') continue;
      add(a.agent.id, b.agent.id, what);
      add(b.agent.id, a.agent.id, what);
    }
  }
  return faults;
}
