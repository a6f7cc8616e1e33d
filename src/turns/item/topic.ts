/** A work item as the topic of a talk with the engine: what the engine is given in each phase, and when nothing is left for it to do. */
import { promptOf } from '../../agents/instructions.ts';
import type { EngineTool, EngineWords } from '../../engine/engine.ts';
import { limits } from '../../limits.ts';
import type { EnginePhase } from '../../work-items/lifecycle/events.ts';
import type { Standing } from '../../work-items/observe/standing.ts';
import { readableComments, readableFields } from '../../work-items/readable.ts';
import type { TileComment } from '../../work-items/tracker.ts';
import type { Beginning, Setting, Topic, Try } from '../talk/topic.ts';
import { allowances } from './allowances.ts';
import { layOutPictures, picturesMount, readAttachments } from './prompt/attachments.ts';
import { firstLine, itemRole, phasePrompt } from './prompt/prompt.ts';
import { type Situation, situationText, toolsText } from './prompt/situation.ts';
import { cutWords, pastedIn, type Words, withPictures } from './prompt/words.ts';
import { ledgerText, misfitOf } from './resume.ts';
import { itemTools } from './tools/item-tools.ts';
import type { ItemTurn, Round } from './turn.ts';
import { hasLeft } from './turn-outcome.ts';

/** Comments that the model is told: to plan with, those of all people; to work with, those of people who may steer. */
async function commentsFor(
  { connections, steering }: ItemTurn,
  phase: EnginePhase,
  isNew: boolean,
  all: readonly TileComment[],
) {
  const me = await connections.tracker.me();
  const people = all.filter(({ by }) => by.id !== me.id);
  if (phase !== 'planning') return people.filter(steering.maySteer);
  // A new conversation does not know what the agent asked, nor the plan that was turned down.
  return isNew ? all : people;
}

/** What people said, with the files that the model sees; `all` are the tile's comments. */
async function wordsFor(
  turn: ItemTurn,
  round: Round,
  { startsOver }: Beginning,
  all: readonly TileComment[],
): Promise<Words> {
  const { phase, tile, drive } = round;
  const { tracker } = turn.connections;
  const { hint } = drive.item();
  const fields = Object.entries(await readableFields(tracker, tile)).filter(([, text]) => text !== tile.title);
  const told = await commentsFor(turn, phase, startsOver !== undefined, all);
  const comments = await readableComments(tracker, told);
  const texts = {
    ...(hint === undefined ? {} : { hint }),
    title: tile.title,
    content: Object.fromEntries(fields),
    comments,
  };
  // What a file says or shows is told once in a conversation.
  const isTold = phase !== 'planning' && startsOver === undefined;
  const pasted = pastedIn(isTold ? { ...texts, content: {}, comments: [] } : texts);
  const attachments = isTold
    ? [...(await readAttachments(tracker, [], pasted)), ...tile.attachments]
    : await readAttachments(tracker, tile.attachments, pasted);
  return withPictures({ ...texts, attachments });
}

function situationOf({ agent }: ItemTurn, { dependencies }: Round): Situation {
  const { domains, domainsInTurn } = agent.config.sandbox;
  return { git: agent.git, dependencies, domains: domainsInTurn ? domains : [], limits: agent.limits };
}

async function promptFor(
  turn: ItemTurn,
  round: Round,
  { startsOver, isCut }: Beginning,
  whole: Words,
  tools: readonly EngineTool[],
): Promise<string> {
  const { phase, tile, tree, drive } = round;
  const { repository } = turn.connections;
  const { writable, builtin, promptFile } = allowances[phase];
  const item = drive.item();
  const words = cutWords(whole, isCut ? limits.promptCharsCut : limits.promptCharsMax);
  const { targetBranch } = repository;
  const facts = {
    ...{ item, type: tile.type, words, targetBranch, ...(writable ? { tree } : {}) },
    situation: situationText(situationOf(turn, round)),
    tools: toolsText(builtin, tools),
  };
  const commits = () => repository.log(tree.sha, limits.commitsShownMax, tree.base);
  return [
    firstLine(phase, item.workItemId),
    ...(startsOver ? [ledgerText(startsOver, item, await commits())] : []),
    phasePrompt(promptOf(turn.agent, promptFile), facts),
  ].join('\n\n');
}

async function settingFor(turn: ItemTurn, round: Round, runDir: string): Promise<Setting> {
  const { phase, tree } = round;
  const { writable, builtin } = allowances[phase];
  return {
    role: itemRole,
    tree: { path: tree.folder, writable, readOnlyPaths: tree.metaPaths },
    gitView: { path: tree.view.viewFolder },
    extraMounts: [{ source: tree.view.objectsFolder, target: tree.view.objectsMount }, picturesMount(runDir)],
    builtinTools: builtin,
    tools: await itemTools(turn, round),
  };
}

async function wordsOf(
  turn: ItemTurn,
  round: Round,
  beginning: Beginning,
  { setting, runDir }: Try,
): Promise<EngineWords> {
  const { workItemId } = round.tile;
  const comments = await turn.connections.tracker.comments(workItemId);
  const words = await wordsFor(turn, round, beginning, comments);
  layOutPictures(runDir, words.attachments);
  return {
    prompt: await promptFor(turn, round, beginning, words, setting.tools),
    onListening: (tell) => turn.steering.begin(workItemId, comments, tell),
  };
}

export function topicOf(turn: ItemTurn, round: Round, standing: Standing): Topic {
  const { phase, drive, product } = round;
  const planBefore = drive.item().plan?.hash;
  return {
    misfit: (conversation) => misfitOf(conversation, drive.item(), phase, standing),
    setting: (runDir) => settingFor(turn, round, runDir),
    words: (beginning, opened) => wordsOf(turn, round, beginning, opened),
    about: () => (product.event?.kind === 'plan-submitted' ? product.event.hash : planBefore),
    isOver: () => hasLeft(drive.item(), phase),
    ended: () => turn.steering.end(),
  };
}
