/**
 * One turn of the engine for a work item, as its steps.
 *
 * live facts -> what the phase allows -> permit -> tree -> dependencies -> prompt -> engine events, one by one -> notes -> the outcome
 * as an event for the lifecycle.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Engine, EngineEvent, EngineTool, EngineTurn, TranscriptRow } from '../engine/engine.ts';
import type { LogEntry } from '../ipc/protocol.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { Gate } from '../work-items/approval.ts';
import type { EnginePhase } from '../work-items/lifecycle.ts';
import type { LifecycleEvent } from '../work-items/lifecycle-events.ts';
import type { Source } from '../work-items/source.ts';
import type { Tile, TileComment, TrackerReads } from '../work-items/tracker.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { Drive, EngineTurnEnd } from './drive-item.ts';
import { entryOf } from './log-entry.ts';
import { phasePrompt, systemPrompt } from './prompt.ts';
import type { TurnMemory } from './turn-memory.ts';
import type { Tree, Workspace } from './workspace.ts';

/** What a phase lets the engine do; nothing else exists for it. */
export interface Allowance {
  writable: boolean;
  /** The engine's own tools. */
  builtin: readonly string[];
  promptFile: string;
}

const allowances: Readonly<Record<EnginePhase, Allowance>> = {
  planning: { writable: false, builtin: ['Read', 'Glob', 'Grep', 'Bash'], promptFile: 'prompts/planning.md' },
  executing: {
    writable: true,
    builtin: ['Read', 'Glob', 'Grep', 'Bash', 'Edit', 'Write'],
    promptFile: 'prompts/executing.md',
  },
  repair: {
    writable: true,
    builtin: ['Read', 'Glob', 'Grep', 'Bash', 'Edit', 'Write'],
    promptFile: 'prompts/repair.md',
  },
};

/** What came of a turn besides commits: the tools of planning leave it here, and then end the turn. */
export interface Product {
  event?: LifecycleEvent;
}

/** What a turn's tools are bound to. */
export interface TurnBinding {
  phase: EnginePhase;
  tree: Tree;
  tile: Tile;
  drive: Drive;
  product: Product;
}

export interface RunTurnOptions {
  sessionId: string;
  model: string;
  instructions: string;
  promptOf: (file: string) => string;
  targetBranch: string;
  turnMs: number;
  stallMs: number;
  /** Where each turn gets a folder; its path is short, for sockets. */
  runFolder: string;
  tracker: TrackerReads;
  source: Source;
  gate: Gate;
  workspace: Workspace;
  /** Puts dependencies into a tree that the engine may write. */
  addDependencies: (tree: Tree) => Promise<void>;
  engine: Engine;
  toolsFor: (binding: TurnBinding) => Promise<EngineTool[]>;
  memory: TurnMemory;
  /** Comments that may steer a turn after the approval. */
  maySteer: (comment: TileComment) => boolean;
  /** Why the model was not let through any more, if money was the reason. */
  exhausted: () => Refusal | undefined;
  record: (entries: LogEntry[]) => Promise<void>;
  storeTranscript: (engineSessionId: string, rows: readonly TranscriptRow[]) => Promise<void>;
  storeUsage: (usage: Pick<Extract<EngineEvent, { kind: 'ended' }>, 'usd' | 'tokens'>) => Promise<void>;
  conversation: EngineTurn['conversation'];
  clock: Clock;
}

export interface RunTurn {
  run(item: WorkItem, phase: EnginePhase, drive: Drive, signal: AbortSignal): Promise<EngineTurnEnd>;
}

const dayBudgetMs = 3_600_000;
const lookAgainMs = 15_000;

type Ended = Extract<EngineEvent, { kind: 'ended' }>;

export function createRunTurn(options: RunTurnOptions): RunTurn {
  const { tracker, source, gate, workspace, engine, clock, sessionId } = options;
  let conversation = options.conversation;

  /** The commit that the tree shall stand at: the target's head to plan on, our own last commit or the plan's base to work on. */
  async function shaFor(item: WorkItem, phase: EnginePhase): Promise<string> {
    if (phase === 'planning' || !item.plan) return (await source.fetch()).targetSha;
    return item.change?.sha ?? item.plan.baseSha;
  }

  async function promptFor(item: WorkItem, phase: EnginePhase, tile: Tile): Promise<string> {
    const [me, all] = await Promise.all([tracker.me(), tracker.comments(item.workItemId)]);
    const people = all.filter((comment) => comment.by.id !== me.id);
    const comments = phase === 'planning' ? people : people.filter(options.maySteer);
    const template = options.promptOf(allowances[phase].promptFile);
    const prompt = phasePrompt(template, { item, tile, comments, targetBranch: options.targetBranch });
    return `${prompt}\n\n${options.memory.prompt()}`;
  }

  /** Passes events to the session's log as they come, and keeps what the next turn goes on from. */
  async function follow(events: AsyncIterable<EngineEvent>, each: () => void): Promise<Ended> {
    const rows: TranscriptRow[] = [...(conversation?.rows ?? [])];
    let engineSessionId = conversation?.engineSessionId ?? '';
    for await (const event of events) {
      const entry = entryOf(event, clock.now());
      if (entry) await options.record([entry]);
      each();
      if (event.kind === 'started') engineSessionId = event.engineSessionId;
      if (event.kind === 'transcript') {
        rows.push(...event.rows);
        await options.storeTranscript(engineSessionId, event.rows);
      }
      if (event.kind !== 'ended') continue;
      conversation = { engineSessionId, rows };
      await options.storeUsage(event);
      return event;
    }
    throw new Error('bug: the engine ended without saying so');
  }

  function endOf(ended: Ended, phase: EnginePhase, drive: Drive, product: Product): EngineTurnEnd {
    if (product.event) return { event: product.event };
    const item = drive.item();
    if (hasLeft(item, phase)) return { rest: { wakeInMs: 0 } };
    const exhausted = options.exhausted();
    if (exhausted?.refused === 'BUDGET_DAY') return { rest: { wakeInMs: dayBudgetMs, why: exhausted } };
    if (exhausted) return { event: { kind: 'gave-up', refusal: exhausted } };
    if (ended.outcome === 'aborted') return { rest: { wakeInMs: 0 } };
    if (phase !== 'planning' && item.change && item.hint === undefined && !item.change.pushed) {
      const { sha, summary } = item.change;
      return { event: { kind: 'change-made', sha, summary, deliver: 'pull-request' } };
    }
    if (phase !== 'planning' && item.pullRequest && item.hint === undefined) return { rest: {} };
    return { event: { kind: 'turn-fell-short', why: whyShort(ended, phase) } };
  }

  async function converse(item: WorkItem, phase: EnginePhase, drive: Drive, signal: AbortSignal, tile: Tile) {
    const allowance = allowances[phase];
    const sha = await shaFor(item, phase);
    const branch = item.branch ?? options.targetBranch;
    const tree = await workspace.prepare({ sessionId, sha, branch, keep: allowance.writable });
    if (isRefusal(tree)) return { event: { kind: 'gave-up', refusal: tree } } as const;
    if (allowance.writable) await options.addDependencies(tree);
    const product: Product = {};
    const left = new AbortController();
    const stopWhenLeft = () => hasLeft(drive.item(), phase) && left.abort();
    const runDir = mkdtempSync(join(options.runFolder, 't'));
    try {
      const memory = options.memory.layOut(runDir);
      const ended = await follow(
        engine.turn({
          prompt: await promptFor(item, phase, tile),
          systemPrompt: systemPrompt(options.instructions),
          model: options.model,
          tree: { path: tree.folder, writable: allowance.writable, readOnlyPaths: tree.metaPaths },
          gitView: { path: tree.view.viewFolder },
          memory,
          extraMounts: [{ source: tree.view.objectsFolder, target: tree.view.objectsMount }],
          builtinTools: allowance.builtin,
          tools: await options.toolsFor({ phase, tree, tile, drive, product }),
          ...(conversation && conversation.rows.length > 0 ? { conversation } : {}),
          runDir,
          turnTimeMs: options.turnMs,
          stallMs: options.stallMs,
          signal: AbortSignal.any([signal, left.signal]),
        }),
        () => void stopWhenLeft(),
      );
      await options.memory.collect(memory.path);
      return endOf(ended, phase, drive, product);
    } finally {
      rmSync(runDir, { recursive: true, force: true });
    }
  }

  return {
    async run(item, phase, drive, signal) {
      const tile = await tracker.tile(item.workItemId);
      if (!tile) return { event: { kind: 'gone', why: `work item ${item.workItemId} is gone` } };
      if (phase === 'executing') {
        const permitted = await gate.permit({ kind: 'execute', item });
        if (isRefusal(permitted)) return notPermitted(permitted);
        const refusal = permitted.permit.spend(['execute'], { workItemId: item.workItemId });
        if (refusal) return notPermitted(refusal);
      }
      return converse(item, phase, drive, signal, tile);
    },
  };
}

/** Whether what a tool of the turn asked for has taken the item out of the turn's hands. */
function hasLeft(item: WorkItem, phase: EnginePhase): boolean {
  return phase === 'planning' ? item.phase !== 'planning' : !['executing', 'pr-created'].includes(item.phase);
}

/** A writable tree without an approval that holds is never made; what the refusal means the lifecycle decides. */
function notPermitted(refusal: Refusal): EngineTurnEnd {
  const isStale = ['GATE_CONTENT', 'GATE_BASE', 'GATE_PLAN', 'GATE_EXPIRED'].includes(refusal.refused);
  return isStale ? { event: { kind: 'plan-stale', refusal } } : { rest: { wakeInMs: lookAgainMs, why: refusal } };
}

function whyShort({ outcome, why, text }: Ended, phase: EnginePhase): string {
  const wanted = phase === 'planning' ? 'submit-plan or ask' : 'git-ops commit';
  if (outcome === 'timed-out') return refuse('TURN_TIME', 'the turn took longer than limits.turnMinutesMax').why;
  if (outcome === 'stalled') return 'the turn fell silent for longer than limits.stallMinutesMax';
  if (outcome === 'error') return `the engine stopped: ${why ?? 'for no reason it gave'}`;
  return `the turn ended without calling ${wanted}; its last words were: ${(text ?? '').slice(0, 500)}`;
}
