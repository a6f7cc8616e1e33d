/**
 * The whole product at work with no cloud: emulators, platform, one work item, from New to Deployed.
 *
 * emulators -> workspace -> supervisor -> the engineer files the item -> follow -> tests on base and merge -> result
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngineer } from '../../../emulators/engineer.ts';
import { type Emulators, startEmulators, type TenantPlace } from '../../../emulators/start.ts';
import { branchOf } from '../../../emulators/tenants.ts';
import { systemClock } from '../../base/clock.ts';
import { createLog } from '../../base/log.ts';
import { removeFolder } from '../../base/remove-folder.ts';
import type { LogEntry } from '../../ipc/protocol.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import type { Settings } from '../../settings.ts';
import type { StoredSession } from '../../store/session-rows.ts';
import { type Platform, startPlatform } from '../../web/start-platform.ts';
import { newToken } from '../setup/workspace-files.ts';
import { askDocs, type DocsAnswer, statusPosts } from './ask-docs.ts';
import { testCommits } from './check.ts';
import { type DemoCase, demoCase, type RepositoryWish } from './demo-case.ts';
import { follow, type PhaseTime } from './follow.ts';
import { statusOf, writeDocsAgent } from './slack-agents.ts';
import { writeDemoWorkspace } from './workspace.ts';

export interface DemoOptions {
  /** The settings of the person who runs it. Workspace, model and loopback are the demo's own. */
  settings: Settings;
  /** Whether the demo plays the engineer. */
  auto: boolean;
  realModel: boolean;
  wish?: RepositoryWish | undefined;
  on: {
    start: (facts: DemoStart) => void;
    phase: (session: StoredSession) => void;
    entries: (entries: LogEntry[]) => void;
    /** The docs agent was asked in Slack. */
    answered: (docs: DocsAnswer) => void;
    /** The pages and the platform stay until this resolves. */
    end: (result: DemoResult) => Promise<void>;
  };
  /** What stays on disk. */
  keep: 'everything' | 'repository' | 'nothing';
  signal: AbortSignal;
}

export interface DemoStart {
  workItemId: number;
  itemUrl: string;
  pullsUrl: string;
  /** Where people talk with the agents. */
  slackUrl: string;
  /** The dashboard, with a login that can be used once. */
  dashboardUrl: string;
  folder: string;
  /** What the scripted model will do to a user's repository. */
  steps: readonly string[];
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
  /** What was said in Slack: about the work item, and by the docs agent. */
  slack: { statusPosts: number; docs: DocsAnswer | undefined };
  why: string | undefined;
}

const agentId = 'codechange/acme';
const minutesAuto = 10;
const minutesForPeople = 24 * 60;

function settingsFor({ settings, realModel }: DemoOptions, root: string, emulators: Emulators): Settings {
  const model = realModel
    ? { anthropicApiKey: settings.anthropicApiKey, anthropicBaseUrl: settings.anthropicBaseUrl }
    : { anthropicApiKey: 'sk-demo-no-key-at-all', anthropicBaseUrl: emulators.urls.anthropic };
  const { botToken: slackBotToken, appToken: slackAppToken } = emulators.slack.app();
  const slack = { slackBotToken, slackAppToken, slackApiUrl: `${emulators.urls.slack}/api/` };
  const dashboard = { port: undefined, apiToken: newToken(), viewToken: newToken() };
  return { ...settings, ...model, ...slack, ...dashboard, slackSigningSecret: undefined, root, allowLoopback: true };
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
  const refusal = item?.refusal ?? session?.waits;
  return {
    ok: item?.phase === 'deployed' && deployedSha !== undefined && deployedSha === mergedSha,
    workItemId,
    state,
    planHash: item?.plan?.hash,
    approvedBy: item?.approval?.by.name,
    prUrl: item?.review?.url,
    mergedSha,
    deployedSha,
    why: refusal && `${refusal.refused}: ${refusal.why}\n${refusal.fix}`,
    repository: place.directory,
  };
}

interface Stage {
  folder: string;
  demo: DemoCase;
  emulators: Emulators;
}

/** Files the work item, follows it to its end, and tests the outcome. */
async function play(options: DemoOptions, { folder, demo, emulators }: Stage, platform: Platform): Promise<DemoResult> {
  const { settings, auto, realModel, on, signal } = options;
  const place = emulators.tenants.acme;
  const engineer = createEngineer(emulators, 'acme');
  const workItemId = await engineer.file(demo.workItem);
  const itemUrl = engineer.pageOf(workItemId);
  const pullsUrl = `${emulators.urls.github}/${place.repository}/pulls`;
  const dashboardUrl = platform.loginUrl('demo');
  const slackUrl = `${emulators.urls.slack}/`;
  on.start({ workItemId, itemUrl, pullsUrl, slackUrl, dashboardUrl, folder, steps: demo.steps });
  const asked = realModel ? undefined : askDocs(emulators, systemClock, signal);
  const told = asked?.then(on.answered);
  const { session, phases } = await follow({
    store: platform.store,
    agentId,
    workItemId,
    clock: systemClock,
    engineer: auto ? engineer : undefined,
    onPhase: on.phase,
    minutesMax: auto ? minutesAuto : minutesForPeople,
    signal,
  });
  const merged = session?.item?.deployment?.mergedSha;
  const untested = signal.aborted || !session?.item?.plan;
  const tests = untested ? { before: '', after: '' } : await testsOf(place, folder, demo, merged, settings.sandboxUid);
  await told;
  const slack = { statusPosts: statusPosts(emulators), docs: await asked };
  return { ...resultOf(workItemId, await engineer.state(workItemId), place, session), tests, phases, slack };
}

async function runIn(folder: string, options: DemoOptions, demo: DemoCase): Promise<DemoResult | Refusal> {
  const { on } = options;
  const root = join(folder, 'workspace');
  const { source, script, testCommand } = demo;
  const emulators = await startEmulators({ folder: join(folder, 'code'), source, script });
  try {
    writeDemoWorkspace(root, emulators, [{ tenant: 'acme', testCommand, config: { slack: statusOf('acme') } }]);
    writeDocsAgent(root);
    const platform = await startPlatform({
      settings: settingsFor(options, root, emulators),
      clock: systemClock,
      log: createLog('demo', 'error'),
      onEntries: (_session, entries) => on.entries(entries),
    });
    if (isRefusal(platform)) return platform;
    try {
      const result = await play(options, { folder, demo, emulators }, platform);
      await on.end(result);
      return result;
    } finally {
      await platform.stop();
    }
  } finally {
    await emulators.close();
  }
}

/** Runs the demo to its end; a refusal when the platform cannot start here, or the wish cannot be fulfilled. */
export async function runDemo(options: DemoOptions): Promise<DemoResult | Refusal> {
  const { keep, wish } = options;
  const demo = await demoCase(wish);
  if (isRefusal(demo)) return demo;
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-demo-'));
  try {
    return await runIn(folder, options, demo);
  } finally {
    if (keep === 'nothing') removeFolder(folder);
    else if (keep === 'repository') for (const name of ['workspace', 'check']) removeFolder(join(folder, name));
  }
}
