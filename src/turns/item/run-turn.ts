/**
 * One turn of the engine for a work item, as its steps.
 *
 * live facts -> what the phase allows -> permit -> where the change stands -> tree -> dependencies -> the conversation, if it
 * can go on -> prompt -> engine events, one by one -> notes -> the outcome as an event for the lifecycle.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder } from '../../base/remove-folder.ts';
import type { KeptWork } from '../../checkout/kept-work.ts';
import type { Tree, Workspace } from '../../checkout/workspace.ts';
import type { ShowFolders } from '../../connections/folders.ts';
import type { Engine, EngineTool } from '../../engine/engine.ts';
import type { LoggedCommit } from '../../git/history.ts';
import { limits } from '../../limits.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import type { Gate } from '../../work-items/gate/approval.ts';
import type { EnginePhase } from '../../work-items/lifecycle/events.ts';
import { readStanding, type Standing } from '../../work-items/observe/standing.ts';
import type { Source } from '../../work-items/source.ts';
import type { Tile, TileComment, TrackerReads } from '../../work-items/tracker.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import { createFollower, type Followed, type FollowOptions } from '../talk/follow-engine.ts';
import type { ModelState } from '../talk/model-state.ts';
import type { TurnMemory } from '../talk/turn-memory.ts';
import { allowances } from './allowances.ts';
import { layOutPictures, readAttachments, type ShownAttachment } from './attachments.ts';
import type { CatchUp } from './catch-up.ts';
import type { Drive, EngineTurnEnd } from './drive-item.ts';
import { endEntry } from './how-ended.ts';
import { phasePrompt, systemPrompt } from './prompt.ts';
import { cutFacts } from './prompt-cut.ts';
import { anewText, type Conversation, ledgerText, misfitOf, refusedResume } from './resume.ts';
import type { Steering } from './steering.ts';
import { endOf, hasLeft, leaves, notPermitted, type Product, treeless, waitsForModel } from './turn-outcome.ts';

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
  /** The commits of a change, newest first. */
  commitsOn: (tree: Pick<Tree, 'base' | 'sha'>) => Promise<LoggedCommit[]>;
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
  /** Says whose files the model is given, before it is given anything: what stands in them is not hidden from it. */
  standOn: (base: string) => Promise<void>;
  /** Secrets in the engine's environment, by name. */
  engineSecrets: Readonly<Record<string, string>>;
  /** Counts the turn; resolves when everything that it cost is stored. */
  engineEnded: () => Promise<void>;
  /** Why the model was not let through any more, if money was the reason. */
  exhausted: () => Refusal | undefined;
  modelState: Pick<ModelState, 'ask' | 'outage'>;
}

export interface RunTurn {
  run(item: WorkItem, phase: EnginePhase, drive: Drive, signal: AbortSignal): Promise<EngineTurnEnd>;
}

/** Where the turn goes on from: the target's head to plan on; the plan's base, our last commit or people's to work on. */
async function standingFor({ source }: RunTurnOptions, item: WorkItem, phase: EnginePhase): Promise<Standing> {
  return phase === 'planning' ? { head: (await source.fetch()).targetSha } : readStanding(source, item);
}

/** What a turn of the engine goes on with: a conversation, or why there is none where there should be one. */
interface Beginning {
  conversation?: Conversation;
  anew?: string;
  /** What people wrote is cut, since all of it was too long for the model. */
  isCut?: true;
}

async function promptFor(
  options: RunTurnOptions,
  { phase, tile, tree, drive }: TurnBinding,
  { anew, isCut }: Beginning,
  attachments: readonly ShownAttachment[],
  all: readonly TileComment[],
): Promise<string> {
  const { tracker, targetBranch, memory, steering } = options;
  const item = drive.item();
  const me = await tracker.me();
  const people = all.filter((comment) => comment.by.id !== me.id);
  // One that begins anew does not know what it asked, nor the plan that was turned down.
  const comments = phase !== 'planning' ? people.filter(steering.maySteer) : anew ? all : people;
  const ground = allowances[phase].writable ? { tree } : {};
  const whole = { item, tile, comments, attachments, targetBranch, ...ground };
  const facts = isCut ? cutFacts(whole, limits.promptCharsCut) : whole;
  const parts = [phasePrompt(options.promptOf(allowances[phase].promptFile), facts), memory.prompt()];
  if (anew) parts.unshift(ledgerText(anew, item, await options.commitsOn(tree)));
  return parts.join('\n\n');
}

/** The tree of the turn, with what it depends on; a refusal where it cannot be made. */
async function treeFor(
  options: RunTurnOptions,
  item: WorkItem,
  phase: EnginePhase,
  { head, merge }: Standing,
): Promise<Tree | Refusal> {
  if (!(await options.source.contains(head))) return lostCommit(head);
  const { writable } = allowances[phase];
  const branch = item.change?.branch ?? options.targetBranch;
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
async function engineTurnOf(
  options: RunTurnOptions,
  binding: TurnBinding,
  beginning: Beginning,
  runDir: string,
  signal: AbortSignal,
) {
  const { phase, tree, tile } = binding;
  const { workItemId } = tile;
  const { writable, builtin } = allowances[phase];
  const memory = options.memory.layOut(runDir);
  // What a file says or shows is told once in a conversation.
  const isTold = phase !== 'planning' && !beginning.anew;
  const attachments = isTold ? tile.attachments : await readAttachments(options.tracker, tile.attachments);
  const comments = await options.tracker.comments(workItemId);
  const { shown } = await options.showFolders();
  return {
    prompt: await promptFor(options, binding, beginning, attachments, comments),
    ...(beginning.conversation ? { conversation: beginning.conversation } : {}),
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
    secrets: options.engineSecrets,
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

/** Goes on with the conversation where it fits, and begins it anew where it does not or the engine will not have it. */
function createResume(options: RunTurnOptions) {
  const follower = createFollower(options);

  /** One conversation with the engine, until it ends or the item has left its hands. */
  async function speak(binding: TurnBinding, beginning: Beginning, signal: AbortSignal): Promise<Followed> {
    const { phase, drive, product } = binding;
    const { conversation: from, anew } = beginning;
    if (anew) await options.record([{ at: options.clock.now(), kind: 'warning', text: anewText(anew) }]);
    const before = drive.item().plan?.hash;
    const left = new AbortController();
    const runDir = mkdtempSync(join(options.runFolder, 't'));
    try {
      const turn = await engineTurnOf(options, binding, beginning, runDir, AbortSignal.any([signal, left.signal]));
      const followed = await follower.follow({
        events: options.engine.turn(turn),
        from,
        planHash: () => (product.event?.kind === 'plan-submitted' ? product.event.hash : before),
        each: () => {
          if (hasLeft(drive.item(), phase)) left.abort();
        },
      });
      await options.memory.collect(turn.memory.path);
      return followed;
    } finally {
      options.steering.end();
      removeFolder(runDir);
    }
  }

  /** What is too long for the model is said once more, cut, with nothing of the conversation before it. */
  async function speakFitting(binding: TurnBinding, beginning: Beginning, signal: AbortSignal): Promise<Followed> {
    const followed = await speak(binding, beginning, signal);
    if (followed.ended.fault?.kind !== 'too-long') return followed;
    const { conversation, ...rest } = beginning;
    const anew = conversation ? { anew: 'it grew too long for the model' } : rest;
    return speak(binding, { ...anew, isCut: true }, signal);
  }

  return async (binding: TurnBinding, standing: Standing, signal: AbortSignal): Promise<Followed> => {
    const conversation = follower.conversation();
    const misfit = misfitOf(conversation, binding.drive.item(), binding.phase, standing);
    if (misfit) return speakFitting(binding, { anew: misfit }, signal);
    const followed = await speakFitting(binding, conversation ? { conversation } : {}, signal);
    const refused = conversation && refusedResume(followed.ended, followed.hasBegun);
    return refused ? speakFitting(binding, { anew: refused }, signal) : followed;
  };
}

export function createRunTurn(options: RunTurnOptions): RunTurn {
  const resume = createResume(options);

  /** What is not committed is kept for the day when the item comes back. */
  async function keep({ phase, tree, drive }: TurnBinding): Promise<void> {
    if (!allowances[phase].writable) return;
    const sha = await options.kept.keep(drive.item(), tree);
    if (sha) await drive.advance({ kind: 'work-kept', sha });
  }

  async function converse(binding: TurnBinding, standing: Standing, signal: AbortSignal): Promise<EngineTurnEnd> {
    const { phase, drive, product } = binding;
    const began = drive.item();
    await options.standOn(binding.tree.base);
    const { ended } = await resume(binding, standing, signal);
    await options.engineEnded();
    const outage = await options.modelState.outage(ended);
    const now = options.clock.now();
    const turnEnd = { ended, phase, began, item: drive.item(), product, exhausted: options.exhausted(), outage, now };
    const end = endOf(turnEnd);
    await options.record([endEntry(turnEnd, end, now)]);
    if (ended.outcome === 'aborted' || leaves(end, drive.item(), phase)) await keep(binding);
    return end;
  }

  return {
    async run(item, phase, drive, signal) {
      const tile = await options.tracker.tile(item.workItemId);
      if (!tile) return { event: { kind: 'gone', why: `work item ${item.workItemId} is gone` } };
      const refusal = phase === 'planning' ? undefined : await mayWrite(options, item);
      if (refusal) return notPermitted(refusal, phase);
      const standing = await standingFor(options, item, phase);
      if (phase === 'repair' && item.hint === undefined) return options.catchUp(item, standing);
      const closed = await options.modelState.ask();
      if (closed) return waitsForModel(closed, options.clock.now());
      const tree = await treeFor(options, item, phase, standing);
      if (isRefusal(tree)) return treeless(tree);
      return converse({ phase, tree, tile, drive, product: {} }, standing, signal);
    },
  };
}

/** Of commits that were never pushed there is one place only. */
function lostCommit(sha: string): Refusal {
  const why = `commit ${sha}, which the work goes on from, is not in the repository any more`;
  return refuse(
    'GATE_BASE',
    why,
    'Move the work item to new: it is planned anew. Or bring back the folder repos/ of the state.',
  );
}
