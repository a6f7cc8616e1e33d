/**
 * Judges agents that share something that must belong to one customer. The one that had it first goes on, and the other one is
 * disabled. Where nobody had it first, both are.
 *
 * claims + holdings -> overlaps -> holdings of the agents without one -> overlaps, until nothing changes
 */
import { type AgentId, parentOf } from '../agent-id.ts';
import { type Fault, fault } from '../fault.ts';
import type { Claim, StatedClaim } from './claims.ts';
import { type Holding, type Holdings, holdingsIn, takenBy } from './holdings.ts';

/** A sound agent with what it claims. */
export interface Tenant {
  readonly id: AgentId;
  /** Whether it pushes branches. */
  readonly pushes: boolean;
  /** False while its changed files wait for a person: what they claim counts for nothing against others. */
  readonly isTrusted: boolean;
  readonly claims: readonly StatedClaim[];
}

/** Another agent as a tenant meets it: its claims, and what it holds even if its files do not say so now. */
interface Other {
  readonly id: string;
  readonly pushes: boolean;
  readonly isTrusted: boolean;
  readonly claims: readonly (Claim & { secretName?: string })[];
}

type Overlaps = Map<AgentId, [Fault, ...Fault[]]>;

export interface Verdict {
  /** For each agent that has to stop, a fault for each thing that it shares and each agent that has it too. */
  readonly overlaps: Overlaps;
  /** What all agents hold now. */
  readonly held: readonly Holding[];
}

/**
 * `impl/acme` and `codechange/acme` serve one customer: they may share an instance and its token, but only one of them may push.
 */
function serveOneCustomer(a: Pick<Other, 'id' | 'pushes'>, b: Pick<Other, 'id' | 'pushes'>): boolean {
  const lastName = (id: string) => id.slice(id.lastIndexOf('/') + 1);
  const areChildren = parentOf(a.id as AgentId) !== undefined && parentOf(b.id as AgentId) !== undefined;
  return areChildren && lastName(a.id) === lastName(b.id) && !(a.pushes && b.pushes);
}

function areShared(a: Claim, b: Claim, isOneCustomer: boolean): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'branch-prefix') return a.key.startsWith(b.key) || b.key.startsWith(a.key);
  if (isOneCustomer && a.kind !== 'target-branch') return false;
  return a.key === b.key;
}

/** The right to a claim: the time since when it is held, then a trusted claim, then one that waits for trust. Less is better. */
function rankOf({ id, isTrusted }: Other, claim: Claim, held: Holdings): number {
  return held.since(id, claim) ?? (isTrusted ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE);
}

function nameOf({ kind, key, secretName }: StatedClaim, other: Other['claims'][number]): string {
  if (kind === 'instance') return 'the instance';
  if (kind === 'target-branch') return 'the target branch';
  if (kind === 'branch-prefix') return `the branch prefix '${key}' / '${other.key}'`;
  return `the value of ${other.secretName ? `${secretName} / ${other.secretName}` : secretName}`;
}

/** Whether two agents served one customer until `own` began to push: then only `own` has changed. */
function hasLeft(own: Other, other: Other, held: Holdings): boolean {
  const before = ({ id }: Other) => ({ id, pushes: held.pushes(id) });
  const wereOne = serveOneCustomer(before(own), before(other)) && !serveOneCustomer(own, other);
  return wereOne && own.pushes && !held.pushes(own.id) && held.of(own.id).length > 0;
}

/** The faults of one agent because of another one, each at the place in its own files. */
function faultsBetween(own: Tenant, other: Other, held: Holdings): Fault[] {
  const isOneCustomer = serveOneCustomer(own, other);
  const [ownLeft, otherLeft] = [hasLeft(own, other, held), hasLeft(other, own, held)];
  const faults = own.claims.flatMap((claim) => {
    const theirs = other.claims.filter((one) => areShared(claim, one, isOneCustomer));
    const [first] = theirs.toSorted((a, b) => rankOf(other, a, held) - rankOf(other, b, held));
    if (!first) return [];
    const lead = ownLeft === otherLeft ? rankOf(other, first, held) - rankOf(own, claim, held) : ownLeft ? -1 : 1;
    if (lead > 0) return [];
    const shared = `${own.id} and ${other.id} share ${nameOf(claim, first)}`;
    const why =
      lead < 0 ? `${other.id} had it first and goes on` : 'nobody is known to have had it first, so both stop';
    const fix = `Give ${own.id}${lead < 0 ? '' : ` or ${other.id}`} another one: two customers cannot share it.`;
    return [fault('TENANT_OVERLAP', claim.at.file, `${shared}: ${why}`, { ...claim.at, fix })];
  });
  return faults;
}

/** For each agent, the others that claim the same thing or a prefix of it. A workspace can have a thousand agents. */
function meetings(others: readonly Other[]): Map<string, Set<Other>> {
  const met = new Map<string, Set<Other>>(others.map(({ id }) => [id, new Set()]));
  const meet = (a: Other, b: Other) => {
    if (a.id === b.id) return;
    met.get(a.id)?.add(b);
    met.get(b.id)?.add(a);
  };
  const all = others.flatMap((other) => other.claims.map((claim) => ({ other, text: `${claim.kind} ${claim.key}` })));
  all.sort((a, b) => (a.text < b.text ? -1 : 1));
  // Sorted, all texts that begin with another one follow it directly.
  for (const [index, { other, text }] of all.entries()) {
    for (let next = index + 1; all[next]?.text.startsWith(text); next += 1)
      meet(other, (all[next] as { other: Other }).other);
  }
  return met;
}

function overlapsOf(tenants: readonly Tenant[], all: readonly Holding[]): Overlaps {
  const held = holdingsIn(all);
  const byId = new Map<string, Tenant>(tenants.map((tenant) => [tenant.id, tenant]));
  const ids = [...new Set([...byId.keys(), ...all.map(({ agentId }) => agentId)])].sort();
  const others = ids.map((id): Other => {
    const { claims = [], pushes = held.pushes(id), isTrusted = true } = byId.get(id) ?? {};
    return { id, claims: [...claims, ...held.of(id)], pushes, isTrusted };
  });
  const met = meetings(others);
  const overlaps: Overlaps = new Map();
  for (const own of tenants) {
    const [first, ...rest] = [...(met.get(own.id) ?? [])].flatMap((other) => faultsBetween(own, other, held));
    if (first) overlaps.set(own.id, [first, ...rest]);
  }
  return overlaps;
}

const named = (all: readonly Holding[]) =>
  all
    .map(({ agentId, kind, key }) => `${agentId} ${kind} ${key}`)
    .sort()
    .join('\n');

/**
 * Agents without overlap and with trusted files hold what they claim, all others what they held `before`. `now` in milliseconds
 * since 1970.
 */
export function judge(tenants: readonly Tenant[], before: readonly Holding[], now: number): Verdict {
  let held = [...before];
  for (let round = 0; ; round += 1) {
    const overlaps = overlapsOf(tenants, held);
    const settled = tenants.filter(({ id, isTrusted }) => isTrusted && !overlaps.has(id));
    const names = new Set<string>(settled.map(({ id }) => id));
    const known = holdingsIn(held);
    const next = [
      ...held.filter(({ agentId }) => !names.has(agentId)),
      ...settled.flatMap(({ id, claims }) => takenBy(id, claims, known, now)),
    ];
    // Each further round settles an agent that waited until another one gave something up.
    if (named(next) === named(held) || round === tenants.length) return { overlaps, held: next };
    held = next;
  }
}
