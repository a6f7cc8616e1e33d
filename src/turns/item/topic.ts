/** A work item as what the engine is talked to about: what it is given in each phase, and when nothing is left for it to do. */
import { promptOf } from '../../agents/instructions.ts';
import { limits } from '../../limits.ts';
import type { Standing } from '../../work-items/observe/standing.ts';
import type { TileComment } from '../../work-items/tracker.ts';
import type { Beginning, Brief, Topic } from '../talk/talk.ts';
import { allowances } from './allowances.ts';
import { layOutPictures, readAttachments, type ShownAttachment } from './prompt/attachments.ts';
import { cutFacts } from './prompt/cut.ts';
import { firstLine, itemRole, phasePrompt } from './prompt/prompt.ts';
import { ledgerText, misfitOf } from './resume.ts';
import { itemTools } from './tools/item-tools.ts';
import type { ItemTurn, Round } from './turn.ts';
import { hasLeft } from './turn-outcome.ts';

async function promptFor(
  turn: ItemTurn,
  { phase, tile, tree, drive }: Round,
  { anew, isCut }: Beginning,
  attachments: readonly ShownAttachment[],
  all: readonly TileComment[],
): Promise<string> {
  const { tracker, repository } = turn.connections;
  const { writable, promptFile } = allowances[phase];
  const item = drive.item();
  const me = await tracker.me();
  const people = all.filter((comment) => comment.by.id !== me.id);
  // One that begins anew does not know what it asked, nor the plan that was turned down.
  const comments = phase !== 'planning' ? people.filter(turn.steering.maySteer) : anew ? all : people;
  const { targetBranch } = repository;
  const whole = { item, tile, comments, attachments, targetBranch, ...(writable ? { tree } : {}) };
  const facts = isCut ? cutFacts(whole, limits.promptCharsCut) : whole;
  const commits = () => repository.log(tree.sha, limits.commitsShownMax, tree.base);
  return [
    firstLine(phase, item.workItemId),
    ...(anew ? [ledgerText(anew, item, await commits())] : []),
    phasePrompt(promptOf(turn.agent, promptFile), facts),
  ].join('\n\n');
}

async function briefFor(turn: ItemTurn, round: Round, beginning: Beginning, runDir: string): Promise<Brief> {
  const { phase, tree, tile } = round;
  const { tracker } = turn.connections;
  const { writable, builtin } = allowances[phase];
  // What a file says or shows is told once in a conversation.
  const isTold = phase !== 'planning' && !beginning.anew;
  const attachments = isTold ? tile.attachments : await readAttachments(tracker, tile.attachments);
  const comments = await tracker.comments(tile.workItemId);
  return {
    role: itemRole,
    prompt: await promptFor(turn, round, beginning, attachments, comments),
    onListening: (tell) => turn.steering.begin(tile.workItemId, comments, tell),
    tree: { path: tree.folder, writable, readOnlyPaths: tree.metaPaths },
    gitView: { path: tree.view.viewFolder },
    extraMounts: [
      { source: tree.view.objectsFolder, target: tree.view.objectsMount },
      ...layOutPictures(runDir, attachments),
    ],
    builtinTools: builtin,
    tools: await itemTools(turn, round),
  };
}

export function topicOf(turn: ItemTurn, round: Round, standing: Standing): Topic {
  const { phase, drive, product } = round;
  const planBefore = drive.item().plan?.hash;
  return {
    misfit: (conversation) => misfitOf(conversation, drive.item(), phase, standing),
    brief: (beginning, runDir) => briefFor(turn, round, beginning, runDir),
    about: () => (product.event?.kind === 'plan-submitted' ? product.event.hash : planBefore),
    isOver: () => hasLeft(drive.item(), phase),
    ended: () => turn.steering.end(),
  };
}
