/**
 * The deployments of one instance as a function of time: nothing waits, each read updates them to the current time.
 *
 * queued -> running -> succeeded (the version changes) | failed (it does not)
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../src/base/clock.ts';

export interface Deployment {
  id: string;
  /** The deployed commit. */
  sha: string;
  status: 'queued' | 'running' | 'succeeded' | 'failed';
  createdAt: string;
  finishedAt?: string;
  /** The deployment that this one rolls back. */
  rollbackOf?: string;
  /** Why it failed. */
  error?: string;
}

export interface Deployments {
  /** The commit that runs now. */
  version(): string;
  /** Undefined while another deployment is running. */
  start(sha: string, rollbackOf?: string): Deployment | undefined;
  find(id: string): Deployment | undefined;
  /** All deployments, oldest first. */
  list(): Deployment[];
  /** The commit that ran before this deployment; undefined if it changed nothing. */
  before(id: string): string | undefined;
  /** Makes deployments of this commit fail from now on. */
  failAt(sha: string): void;
  /** Sets how long each of the two steps takes from now on, in milliseconds. */
  setStepMs(ms: number): void;
}

interface Entry {
  deployment: Deployment;
  startedAt: number;
  stepMs: number;
  before?: string;
}

/** `commit` runs at the beginning. */
export function createDeployments(commit: string, clock: Clock, firstStepMs: number): Deployments {
  const entries: Entry[] = [];
  const failing = new Set<string>();
  let running = commit;
  let stepMs = firstStepMs;

  function finish(entry: Entry): void {
    const { deployment } = entry;
    const fails = failing.has(deployment.sha);
    deployment.status = fails ? 'failed' : 'succeeded';
    deployment.finishedAt = new Date(entry.startedAt + 2 * entry.stepMs).toISOString();
    if (fails) deployment.error = 'the new version did not start';
    else {
      entry.before = running;
      running = deployment.sha;
    }
  }

  /** Only the newest deployment can be unfinished, because no other is accepted in the meantime. */
  function advance(): void {
    const entry = entries.at(-1);
    if (!entry || entry.deployment.finishedAt !== undefined) return;
    const passedMs = clock.now() - entry.startedAt;
    if (passedMs >= 2 * entry.stepMs) finish(entry);
    else if (passedMs >= entry.stepMs) entry.deployment.status = 'running';
  }

  const entryOf = (id: string) => {
    advance();
    return entries.find(({ deployment }) => deployment.id === id);
  };

  return {
    version() {
      advance();
      return running;
    },
    start(sha, rollbackOf) {
      advance();
      const last = entries.at(-1)?.deployment;
      if (last && last.finishedAt === undefined) return undefined;
      const startedAt = clock.now();
      const made = { id: randomUUID(), sha, status: 'queued' as const, createdAt: new Date(startedAt).toISOString() };
      const deployment: Deployment = { ...made, ...(rollbackOf !== undefined && { rollbackOf }) };
      entries.push({ deployment, startedAt, stepMs });
      return deployment;
    },
    find: (id) => entryOf(id)?.deployment,
    list() {
      advance();
      return entries.map(({ deployment }) => deployment);
    },
    before: (id) => entryOf(id)?.before,
    failAt: (sha) => void failing.add(sha),
    setStepMs(ms) {
      stepMs = ms;
    },
  };
}
