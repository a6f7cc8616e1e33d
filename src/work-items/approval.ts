/**
 * The gate: reads live what a mutating call needs to be true, and only then mints the permit for that one call.
 *
 * (kind, item) -> live reads -> gate rules -> Permit | Refusal. What cannot be read refuses and moves nothing.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf, OutsideError } from '../base/errors.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { CodeHost } from './code-host.ts';
import { approvalOf, claimHolds, type GateFacts, type GateRules } from './gate-rules.ts';
import type { Instance } from './instance.ts';
import { checkMerge, checkVersion, type MergeFacts } from './merge-rules.ts';
import { Permit, type PermitKind } from './permit.ts';
import type { StateKey } from './phase.ts';
import type { Source } from './source.ts';
import type { Tile, TrackerReads } from './tracker.ts';
import type { Approval, WorkItem } from './work-item.ts';

export interface GateOptions {
  agentId: string;
  /** Organization and project. */
  tenant: string;
  configDigest: string;
  rules: GateRules;
  /** The name that the instance must give itself, where it gives one. */
  instanceName?: string;
  targetBranch: string;
  tracker: TrackerReads;
  source: Source;
  codeHost: CodeHost;
  instance?: Instance;
  /** Ids of the identities of all agents of this platform. */
  agentIdentities: readonly string[];
  /** Why nothing may go out now (lease lost, paused, instance on hold, configuration not trusted); asked last, just before minting. */
  blocked: (kind: PermitKind) => Refusal | undefined;
  clock: Clock;
  newId: () => string;
}

/** What the permit shall be good for, beyond its kind. */
export interface PermitWish {
  kind: PermitKind;
  item: WorkItem;
  /** For reports: the states the tile may be in; undefined allows any. */
  from?: readonly StateKey[];
  sha?: string;
  branch?: string;
}

/** A permit together with the tile as the live check saw it. */
export interface Permitted {
  permit: Permit;
  tile: Tile;
}

export interface Gate {
  /** Whether a person's approval of this item's plan holds now. */
  approval(item: WorkItem): Promise<Approval | Refusal>;
  /** Whether the merge of this item's pull request is one that we deploy; its sha. */
  merge(item: WorkItem): Promise<{ mergedSha: string } | Refusal>;
  /** Whether the instance may get this commit: `deployed` when it runs it, or a descendant, already. */
  version(item: WorkItem): Promise<'deploy' | 'deployed' | Refusal>;
  permit(wish: PermitWish): Promise<Permitted | Refusal>;
}

export function createGate(options: GateOptions): Gate {
  const { tracker, source, codeHost, instance, rules, clock } = options;

  async function tileOf(item: WorkItem): Promise<Tile | Refusal> {
    const tile = await tracker.tile(item.workItemId);
    return tile ?? refuse('GATE_TENANT', `work item ${item.workItemId} is gone, or outside ${options.tenant}`);
  }

  async function factsOf(item: WorkItem, tile: Tile): Promise<GateFacts> {
    const [me, change, comments, { targetSha }] = await Promise.all([
      tracker.me(),
      tracker.lastStateChange(item.workItemId),
      tracker.comments(item.workItemId),
      source.fetch(),
    ]);
    const base = item.plan?.baseSha;
    const baseOnTarget = base !== undefined && (base === targetSha || (await source.isAncestor(base, targetSha)));
    const pathsMoved = base && baseOnTarget && base !== targetSha ? await source.changedPaths(base, targetSha) : [];
    const { agentIdentities } = options;
    return { tile, change, comments, me, agentIdentities, baseOnTarget, pathsMoved, now: clock.now() };
  }

  async function mergeFacts(item: WorkItem): Promise<MergeFacts | Refusal> {
    if (!item.pullRequest) return refuse('GATE_STATE', `work item ${item.workItemId} has no pull request`);
    const [pullRequest, me] = await Promise.all([codeHost.get(item.pullRequest.number), codeHost.me()]);
    const { targetSha } = await source.fetch();
    const { mergedSha, headSha } = pullRequest;
    const ours = item.change?.sha;
    return {
      pullRequest,
      me,
      headIsOurs: ours !== undefined && (ours === headSha || (await source.isAncestor(ours, headSha))),
      onTarget: mergedSha !== undefined && (mergedSha === targetSha || (await source.isAncestor(mergedSha, targetSha))),
    };
  }

  async function merge(item: WorkItem): Promise<{ mergedSha: string } | Refusal> {
    const facts = await mergeFacts(item);
    return isRefusal(facts) ? facts : checkMerge(facts, options.targetBranch);
  }

  async function version(item: WorkItem): Promise<'deploy' | 'deployed' | Refusal> {
    const sha = item.mergedSha;
    if (!instance || !sha) return refuse('GATE_STATE', `work item ${item.workItemId} has nothing to deploy`);
    return checkVersion(await instance.version(), sha, source, options.instanceName);
  }

  async function checkKind(wish: PermitWish, tile: Tile): Promise<Refusal | undefined> {
    const { kind, item, from } = wish;
    const facts = async () => factsOf(item, tile);
    if (kind === 'execute' && item.claimRev === undefined) {
      const approval = approvalOf(item, await facts(), rules);
      return isRefusal(approval) ? approval : undefined;
    }
    if (kind === 'execute' || kind === 'push' || kind === 'open-pr') return claimHolds(item, await facts(), rules);
    if (kind === 'deploy') {
      const merged = await merge(item);
      if (isRefusal(merged)) return merged;
      const seen = await version(item);
      return isRefusal(seen) ? seen : undefined;
    }
    const allowed = from?.map((key) => rules.mapping[key]);
    if (allowed && !allowed.includes(tile.state)) {
      return refuse(
        'GATE_STATE',
        `work item ${item.workItemId} is in "${tile.state}", not in "${allowed.join('" or "')}"`,
      );
    }
    return undefined;
  }

  async function permit(wish: PermitWish): Promise<Permitted | Refusal> {
    const { kind, item, sha, branch } = wish;
    const tile = await tileOf(item);
    if (isRefusal(tile)) return tile;
    const refusal = (await checkKind(wish, tile)) ?? options.blocked(kind);
    if (refusal) return refusal;
    const binding = {
      kind,
      agentId: options.agentId,
      tenant: options.tenant,
      workItemId: item.workItemId,
      rev: tile.rev,
      configDigest: options.configDigest,
      ...(item.plan ? { planHash: item.plan.hash } : {}),
      ...(sha ? { sha } : {}),
      ...(branch ? { branch } : {}),
    };
    return { permit: Permit.mint(options.newId(), binding, clock), tile };
  }

  /** A read that fails proves nothing: it refuses, and says what could not be read. */
  async function verifiable<T>(read: Promise<T>): Promise<T | Refusal> {
    return read.catch((error: unknown) => {
      if (!(error instanceof OutsideError)) throw error;
      return refuse('GATE_UNVERIFIABLE', messageOf(error));
    });
  }

  return {
    approval: (item) =>
      verifiable(
        tileOf(item).then(async (tile) =>
          isRefusal(tile) ? tile : approvalOf(item, await factsOf(item, tile), rules),
        ),
      ),
    merge: (item) => verifiable(merge(item)),
    version: (item) => verifiable(version(item)),
    permit: (wish) => verifiable(permit(wish)),
  };
}
