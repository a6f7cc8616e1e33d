/** What the engine is told of a work item: a phase's prompt with everything from outside in data blocks. */
import { dataBlock } from '../../../base/data-block.ts';
import type { Tree } from '../../../checkout/workspace.ts';
import type { EnginePhase } from '../../../work-items/lifecycle/events.ts';
import { withPastedFiles } from '../../../work-items/pasted-file.ts';
import { passagesOf } from '../../../work-items/quote.ts';
import type { TileComment } from '../../../work-items/tracker.ts';
import type { WorkItem } from '../../../work-items/work-item.ts';
import type { ShownAttachment } from './attachments.ts';
import { type CutWords, passagesMax } from './words.ts';

/** What the agent is here for, before its own instructions. */
export const itemRole =
  'You are a software engineer who works as an agent on the jvagent platform. You write the plan, the change and the words about it. The platform moves work items, asks people for approval, runs the tests, pushes, opens pull requests and deploys.';

/** The first line of every prompt, so that recorded requests and scripts can tell turns apart. Nothing is decided by it. */
export const firstLine = (phase: EnginePhase, workItemId: number) => `[jvagent] phase=${phase} work-item=${workItemId}`;

export interface PromptFacts {
  item: WorkItem;
  type: string;
  /** What people said, cut to what a prompt holds. */
  words: CutWords;
  targetBranch: string;
  /** What the turn can count on, and its tools, as `situation.ts` says them. */
  situation: string;
  tools: string;
  /** The tree of a turn that may write it. */
  tree?: Pick<Tree, 'sha' | 'from'>;
}

function fileLine({ name, bytes, picture }: ShownAttachment): string {
  const size = bytes === undefined ? '' : ` (${bytes} bytes)`;
  return `- ${name.replace(/\s+/g, ' ')}${size}${picture ? `: a picture, look at ${picture.path} with Read` : ''}`;
}

/** Each field, the list of files and each text file in its own data block. */
function itemTexts({ item: { workItemId }, type, words }: PromptFacts): string[] {
  const of = `of work item ${workItemId}`;
  const { title, content, attachments, missing } = words;
  const fields = Object.entries({ Title: title, Type: type, ...content });
  const texts = attachments.filter(({ text }) => text !== undefined);
  return [
    ...(missing.length > 0 ? [`There is more text than fits here. Left out: ${missing.join('; ')}.`] : []),
    ...fields.map(([field, text]) => dataBlock(`${field} ${of}`, text)),
    ...(attachments.length > 0 ? [dataBlock(`files ${of}`, attachments.map(fileLine).join('\n'))] : []),
    ...texts.map(({ name, text = '' }) => dataBlock(`file ${name} ${of}`, text)),
  ];
}

/** One comment in its own data block, with its author. A pasted file that was not replaced by its place is called by its name. */
export const commentText = ({ by, at, text }: TileComment) =>
  dataBlock(
    `comment by ${by.name}, ${new Date(at).toISOString()}`,
    withPastedFiles(text, ({ name }) => name),
  );

/** What the platform tells, with each person's or program's words in their own data block. */
function newsText(hint: string): string {
  const all = passagesOf(hint);
  const passages = all
    .slice(0, passagesMax)
    .map(({ heading, quote }) => (quote === undefined ? dataBlock('news', heading) : dataBlock(heading, quote)));
  const more = all.length - passages.length;
  if (more > 0) passages.push(`${more} more pieces of news are left out here.`);
  return passages.join('\n\n');
}

/** What happened to earlier work, where there was some. */
function treeNews({ change, counts }: WorkItem, tree: PromptFacts['tree']): string {
  const { kept, commit, refused } = change ?? {};
  if (!tree || (!kept && !commit && !refused && counts.attempts === 0)) return '';
  if (tree.from === 'commit') {
    return `The files were written again from commit ${tree.sha}: earlier work that was not committed is not in them.`;
  }
  return kept ? 'Your earlier work is in the tree. It is not committed yet.' : '';
}

/** Fills `{{name}}` in a phase's prompt file; names it does not know stay as they are, so that a fault shows. */
export function phasePrompt(template: string, facts: PromptFacts): string {
  const { item, words, targetBranch, situation, tools, tree } = facts;
  const news = [words.hint ? newsText(words.hint) : '', treeNews(item, tree)].filter((text) => text !== '');
  const values: Record<string, string> = {
    workItemId: String(item.workItemId),
    title: dataBlock('title', words.title),
    workItem: itemTexts(facts).join('\n\n'),
    comments: words.comments.map(commentText).join('\n\n') || 'None.',
    // The words that people approved, never the plan's parts: those may hold what its text does not show.
    plan: dataBlock('plan', item.plan?.text ?? ''),
    branch: item.change?.branch ?? '',
    targetBranch,
    situation,
    tools,
    hint: news.join('\n\n') || 'None.',
  };
  return template.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole);
}
