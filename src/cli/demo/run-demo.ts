/**
 * The whole product at work with no cloud: emulators, platform, one work item, from New to Deployed.
 *
 * emulators -> workspace -> supervisor -> the engineer files the item -> follow -> tests on base and merge -> result
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scriptFor } from '../../../emulators/demo-repository/model-script.ts';
import { createEngineer } from '../../../emulators/engineer.ts';
import { type Emulators, startEmulators, type TenantPlace } from '../../../emulators/start.ts';
import { branchOf } from '../../../emulators/tenants.ts';
import { systemClock } from '../../base/clock.ts';
import { createLog } from '../../base/log.ts';
import type { LogEntry } from '../../ipc/protocol.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import type { Settings } from '../../settings.ts';
import type { StoredSession } from '../../store/session-rows.ts';
import { startSupervisor } from '../../supervisor/supervisor.ts';
import { testCommits } from './check.ts';
import { type DemoCase, demoCase, type RepositoryWish } from './fix.ts';
import { follow, type PhaseTime } from './follow.ts';
import { writeDemoWorkspace } from './workspace.ts';

export interface DemoOptions {
  /** The settings of the person who runs it. Workspace, model and loopback are the demo's own. */
  settings: Settings;
  /** Whether the demo plays the engineer. */
  auto: boolean;
  realModel: boolean;
  wish?: RepositoryWish | undefined;
  on: {
    start: (facts: { workItemId: number; itemUrl: string; pullsUrl: string; folder: string }) => void;
    phase: (session: StoredSession) => void;
    entries: (entries: LogEntry[]) => void;
  };
  /** Keeps everything on disk, not only the repository. */
  keep: boolean;
  signal: AbortSignal;
}

export interface DemoResult {
  ok: boolean;
  workItemId: number;
  state: string;
  planHash: string | undefined;
  approvedBy: string | undefined;
  prUrl: string | undefined;
  mergedSha: string | undefined;
  deployedSha: string | undefined;
  /** Path of the bare repository. */
  repository: string;
  tests: { before: string; after: string };
  phases: PhaseTime[];
  why: string | undefined;
}

const agentId = 'codechange/acme';
const minutesAuto = 10;
const minutesForPeople = 24 * 60;

function settingsFor({ settings, realModel }: DemoOptions, root: string, emulators: Emulators): Settings {
  const model = realModel
    ? { anthropicApiKey: settings.anthropicApiKey, anthropicBaseUrl: settings.anthropicBaseUrl }
    : { anthropicApiKey: 'sk-demo-no-key-at-all', anthropicBaseUrl: emulators.urls.anthropic };
  return { ...settings, ...model, root, allowLoopback: true };
}

async function testsOf(place: TenantPlace, folder: string, demo: DemoCase, merged: string | undefined, uid: number) {
  const { testCommand } = demo;
  const options = { folder, place, targetBranch: branchOf('acme'), testCommand, sandboxUid: uid };
  const [before = '', after = ''] = await testCommits(options, merged ? [place.commit, merged] : [place.commit]);
  return { before, after };
}

function resultOf(workItemId: number, state: string, place: TenantPlace, session: StoredSession | undefined) {
  const item = session?.item;
  const { mergedSha, deployedSha } = item?.deployment ?? {};
  return {
    ok: item?.phase === 'deployed' && deployedSha !== undefined && deployedSha === mergedSha,
    workItemId,
    state,
    planHash: item?.plan?.hash,
    approvedBy: item?.approval?.by.name,
    prUrl: item?.review?.url,
    mergedSha,
    deployedSha,
    why: item?.refusal && `${item.refusal.refused}: ${item.refusal.why}`,
    repository: place.directory,
  };
}

/** Runs the demo to its end; a refusal when the platform cannot start here. */
export async function runDemo(options: DemoOptions): Promise<DemoResult | Refusal> {
  const { settings, auto, on, keep, signal } = options;
  const demo = demoCase(options.wish);
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-demo-'));
  const root = join(folder, 'workspace');
  const { source, fix, testCommand } = demo;
  const emulators = await startEmulators({ folder: join(folder, 'code'), source, script: scriptFor(fix, testCommand) });
  writeDemoWorkspace(root, emulators, [{ tenant: 'acme', testCommand }]);
  const supervisor = await startSupervisor({
    settings: settingsFor(options, root, emulators),
    clock: systemClock,
    log: createLog('demo', 'error'),
    onEntries: (_session, entries) => on.entries(entries),
  });
  try {
    if (isRefusal(supervisor)) return supervisor;
    const place = emulators.tenants.acme;
    const engineer = createEngineer(emulators, 'acme');
    const workItemId = await engineer.file(fix.workItem);
    const itemUrl = engineer.pageOf(workItemId);
    on.start({ workItemId, itemUrl, pullsUrl: `${emulators.urls.github}/${place.repository}/pulls`, folder });
    const { session, phases } = await follow({
      store: supervisor.store,
      agentId,
      workItemId,
      clock: systemClock,
      engineer: auto ? engineer : undefined,
      onPhase: on.phase,
      minutesMax: auto ? minutesAuto : minutesForPeople,
      signal,
    });
    const tests = await testsOf(place, folder, demo, session?.item?.deployment?.mergedSha, settings.sandboxUid);
    return { ...resultOf(workItemId, await engineer.state(workItemId), place, session), tests, phases };
  } finally {
    if (!isRefusal(supervisor)) await supervisor.stop();
    await emulators.close();
    if (!keep) for (const name of ['workspace', 'check']) rmSync(join(folder, name), { recursive: true, force: true });
  }
}
