/**
 * One turn of the engine for a work item, as its steps.
 *
 * live facts -> what the phase allows -> permit -> where the change stands -> tree -> dependencies -> prompt -> engine events,
 * one by one -> notes -> the outcome as an event for the lifecycle.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder } from '../base/remove-folder.ts';
import type { Engine, EngineTool } from '../engine/engine.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import type { Gate } from '../work-items/approval.ts';
import type { EnginePhase } from '../work-items/lifecycle.ts';
import type { Source } from '../work-items/source.ts';
import { readStanding, type Standing } from '../work-items/standing.ts';
import type { Tile, TileComment, TrackerReads } from '../work-items/tracker.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import { layOutPictures, readAttachments, type ShownAttachment } from './attachments.ts';
import type { CatchUp } from './catch-up.ts';
import type { Drive, EngineTurnEnd } from './drive-item.ts';
import type { ShowFolders } from './folders.ts';
import { createFollower, type FollowOptions } from './follow-engine.ts';
import { endEntry } from './how-ended.ts';
import type { KeptWork } from './kept-work.ts';
import { phasePrompt, systemPrompt } from './prompt.ts';
import type { Steering } from './steering.ts';
import type { TurnMemory } from './turn-memory.ts';
import { endOf, hasLeft, type Product } from './turn-outcome.ts';
import type { Tree, Workspace } from './workspace.ts';

/** What a phase lets the engine do; nothing else exists for it. */
interface Allowance {
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

/** What a turn's tools are bound to. */
export interface TurnBinding {
  phase: EnginePhase;
  tree: Tree;
  tile: Tile;
  drive: Drive;
  product: Product;
}

export interface RunTurnOptions extends FollowOptions {
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
  kept: KeptWork;
  /** What a repair does that needs no model. */
  catchUp: CatchUp;
  /** Puts dependencies into a tree that the engine may write; SETUP where that failed. */
  addDependencies: (tree: Tree) => Promise<Refusal | undefined>;
  /** What it may read beside the tree. */
  showFolders: ShowFolders;
  engine: Engine;
  toolsFor: (binding: TurnBinding) => Promise<EngineTool[]>;
  memory: TurnMemory;
  steering: Steering;
  /** Why the model was not let through any more, if money was the reason. */
  exhausted: () => Refusal | undefined;
}

export interface RunTurn {
  run(item: WorkItem, phase: EnginePhase, drive: Drive, signal: AbortSignal): Promise<EngineTurnEnd>;
}

const lookAgainMs = 15_000;
const setUpAgainMs = 300_000;

/** Where the turn goes on from: the target's head to plan on; the plan's base, our last commit or people's to work on. */
async function standingFor({ source }: RunTurnOptions, item: WorkItem, phase: EnginePhase): Promise<Standing> {
  return phase === 'planning' ? { head: (await source.fetch()).targetSha } : readStanding(source, item);
}

async function promptFor(
  options: RunTurnOptions,
  { phase, tile, drive }: TurnBinding,
  attachments: readonly ShownAttachment[],
  all: readonly TileComment[],
): Promise<string> {
  const { tracker, targetBranch, memory, steering } = options;
  const item = drive.item();
  const me = await tracker.me();
  const people = all.filter((comment) => comment.by.id !== me.id);
  const comments = phase === 'planning' ? people : people.filter(steering.maySteer);
  const template = options.promptOf(allowances[phase].promptFile);
  return `${phasePrompt(template, { item, tile, comments, attachments, targetBranch })}\n\n${memory.prompt()}`;
}

/** The tree of the turn, with what it depends on; a refusal where it cannot be made. */
async function treeFor(
  options: RunTurnOptions,
  item: WorkItem,
  phase: EnginePhase,
  { head, merge }: Standing,
): Promise<Tree | Refusal> {
  const { writable } = allowances[phase];
  const branch = item.branch ?? options.targetBranch;
  const { sessionId } = options;
  // What the engine may not resolve it is not given.
  const given = merge?.needs === 'people' ? undefined : merge;
  const kept = writable ? await options.kept.of(item) : undefined;
  const asked = { sessionId, sha: head, merge: given, branch, keep: writable, ...(kept ? { kept } : {}) };
  const tree = await options.workspace.prepare(asked);
  if (isRefusal(tree) || !writable) return tree;
  return (await options.addDependencies(tree)) ?? tree;
}

/** Everything that the engine is given; the rest of the world does not exist for it. */
async function engineTurnOf(options: RunTurnOptions, binding: TurnBinding, runDir: string, signal: AbortSignal) {
  const { phase, tree, tile } = binding;
  const { workItemId } = tile;
  const { writable, builtin } = allowances[phase];
  const memory = options.memory.layOut(runDir);
  // The conversation goes on, so that what a file says or shows is told once.
  const isTold = phase !== 'planning';
  const attachments = isTold ? tile.attachments : await readAttachments(options.tracker, tile.attachments);
  const comments = await options.tracker.comments(workItemId);
  const { shown } = await options.showFolders();
  return {
    prompt: await promptFor(options, binding, attachments, comments),
    onListening: (tell: (text: string) => void) => options.steering.begin(workItemId, comments, tell),
    systemPrompt: systemPrompt(options.instructions, shown),
    model: options.model,
    tree: { path: tree.folder, writable, readOnlyPaths: tree.metaPaths },
    gitView: { path: tree.view.viewFolder },
    memory,
    extraMounts: [
      { source: tree.view.objectsFolder, target: tree.view.objectsMount },
      ...layOutPictures(runDir, attachments),
      ...shown.map(({ mount }) => mount),
    ],
    builtinTools: builtin,
    tools: await options.toolsFor(binding),
    runDir,
    turnTimeMs: options.turnMs,
    stallMs: options.stallMs,
    signal,
  };
}

/** Checked live right before a tree is made writable. */
async function mayWrite({ gate }: RunTurnOptions, item: WorkItem): Promise<Refusal | undefined> {
  const permitted = await gate.permit({ kind: 'execute', item });
  if (isRefusal(permitted)) return permitted;
  return permitted.permit.spend(['execute'], { workItemId: item.workItemId });
}

export function createRunTurn(options: RunTurnOptions): RunTurn {
  const follower = createFollower(options);

  /** What is not committed is kept for the day when the item comes back. */
  async function keep({ phase, tree, drive }: TurnBinding): Promise<void> {
    if (!allowances[phase].writable) return;
    const sha = await options.kept.keep(drive.item(), tree);
    if (sha) await drive.advance({ kind: 'work-kept', sha });
  }

  async function converse(binding: TurnBinding, signal: AbortSignal): Promise<EngineTurnEnd> {
    const { phase, drive, product } = binding;
    const began = drive.item();
    const left = new AbortController();
    const runDir = mkdtempSync(join(options.runFolder, 't'));
    try {
      const turn = await engineTurnOf(options, binding, runDir, AbortSignal.any([signal, left.signal]));
      const conversation = follower.conversation();
      const events = options.engine.turn({ ...turn, ...(conversation ? { conversation } : {}) });
      const ended = await follower.follow(events, () => {
        if (hasLeft(drive.item(), phase)) left.abort();
      });
      await options.memory.collect(turn.memory.path);
      const turnEnd = { ended, phase, began, item: drive.item(), product, exhausted: options.exhausted() };
      const end = endOf(turnEnd);
      await options.record([endEntry(turnEnd, end, options.clock.now())]);
      if (ended.outcome === 'aborted' || leaves(end, drive.item(), phase)) await keep(binding);
      return end;
    } finally {
      options.steering.end();
      removeFolder(runDir);
    }
  }

  return {
    async run(item, phase, drive, signal) {
      const tile = await options.tracker.tile(item.workItemId);
      if (!tile) return { event: { kind: 'gone', why: `work item ${item.workItemId} is gone` } };
      const refusal = phase === 'planning' ? undefined : await mayWrite(options, item);
      if (refusal) return notPermitted(refusal, phase);
      const standing = await standingFor(options, item, phase);
      if (phase === 'repair' && item.hint === undefined) return options.catchUp(item, standing);
      const tree = await treeFor(options, item, phase, standing);
      if (isRefusal(tree)) return treeless(tree);
      return converse({ phase, tree, tile, drive, product: {} }, signal);
    },
  };
}

/** Whether the item is out of the hands of a turn that could write, or will be with its end. */
function leaves(end: EngineTurnEnd, item: WorkItem, phase: EnginePhase): boolean {
  const kind = 'event' in end ? end.event.kind : undefined;
  return hasLeft(item, phase) || kind === 'plan-submitted' || kind === 'gave-up';
}

/** What a set-up wants the model cannot mend: it is not asked before people have. */
function treeless(refusal: Refusal): EngineTurnEnd {
  if (refusal.refused === 'SETUP') return { rest: { wakeInMs: setUpAgainMs, why: refusal } };
  return { event: { kind: 'gave-up', refusal } };
}

/** A writable tree without an approval that holds is never made; what the refusal means the lifecycle decides. */
function notPermitted(refusal: Refusal, phase: EnginePhase): EngineTurnEnd {
  const stale = ['GATE_CONTENT', 'GATE_BASE', 'GATE_PLAN', 'GATE_EXPIRED', ...(phase === 'repair' ? ['GATE_REV'] : [])];
  const isStale = stale.includes(refusal.refused);
  return isStale ? { event: { kind: 'plan-stale', refusal } } : { rest: { wakeInMs: lookAgainMs, why: refusal } };
}
