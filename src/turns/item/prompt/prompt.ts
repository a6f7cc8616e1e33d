/** What the engine is told of a work item: a phase's prompt with everything from outside in data blocks. */
import { dataBlock } from '../../../base/data-block.ts';
import type { Tree } from '../../../checkout/workspace.ts';
import type { EnginePhase } from '../../../work-items/lifecycle/events.ts';
import { passagesOf } from '../../../work-items/quote.ts';
import type { Tile, TileComment } from '../../../work-items/tracker.ts';
import type { WorkItem } from '../../../work-items/work-item.ts';
import type { ShownAttachment } from './attachments.ts';

/** What the agent is here for, before its own instructions. */
export const itemRole =
  'You are an agent on the jvagent platform. The platform, not you, moves work items, asks for approval, pushes, opens pull requests and deploys; you supply a plan, a change and words.';

/** Stands before all else, so that recorded requests and scripts can tell turns apart; nothing is decided by it. */
export const firstLine = (phase: EnginePhase, workItemId: number) => `[jvagent] phase=${phase} work-item=${workItemId}`;

export interface PromptFacts {
  item: WorkItem;
  tile: Tile;
  comments: readonly TileComment[];
  attachments: readonly ShownAttachment[];
  targetBranch: string;
  /** The tree of a turn that may write it. */
  tree?: Pick<Tree, 'sha' | 'from'>;
}

/** Each field, the list of files and each text file in a data block of its own. */
function tileTexts({ workItemId, title, type, content }: Tile, attachments: readonly ShownAttachment[]): string[] {
  const item = `of work item ${workItemId}`;
  const fields = Object.entries({ Title: title, Type: type, ...content });
  const files = attachments.map(({ name, bytes, picture }) => {
    const where = picture ? `, a picture: look at ${picture.path} with Read` : '';
    return `- ${name.replace(/\s+/g, ' ')} (${bytes} bytes${where})`;
  });
  const texts = attachments.filter(({ text }) => text !== undefined);
  return [
    ...fields.map(([field, text]) => dataBlock(`${field} ${item}`, text)),
    ...(files.length > 0 ? [dataBlock(`attachments ${item}`, files.join('\n'))] : []),
    ...texts.map(({ name, text = '' }) => dataBlock(`attachment ${name} ${item}`, text)),
  ];
}

/** One comment in a data block of its own, with whose it is. */
export const commentText = ({ by, at, text }: TileComment) =>
  dataBlock(`comment by ${by.name}, ${new Date(at).toISOString()}`, text);

/** What is told by the platform, and each person's or program's words in it in a data block of their own. */
function newsText(hint: string): string {
  const passages = passagesOf(hint).map(({ heading, quote }) =>
    quote === undefined ? dataBlock('news', heading) : dataBlock(heading, quote),
  );
  return passages.join('\n\n');
}

function planned({ plan }: WorkItem): string {
  if (!plan) return '';
  return JSON.stringify(plan.plan, null, 2);
}

/** What became of earlier work, where there was some. */
function treeNews({ change, counts }: WorkItem, tree: PromptFacts['tree']): string {
  const { kept, commit, refused } = change ?? {};
  if (!tree || (!kept && !commit && !refused && counts.attempts === 0)) return '';
  if (tree.from === 'commit') {
    return `The files were written anew from commit ${tree.sha}: of earlier work, only what is committed stands in them.`;
  }
  return kept ? 'Your earlier work stands in the tree; it is not committed yet.' : '';
}

/** Fills `{{name}}` in a phase's prompt file; names it does not know stay as they are, so that a fault shows. */
export function phasePrompt(template: string, facts: PromptFacts): string {
  const { item, tile, comments, attachments, targetBranch, tree } = facts;
  const news = [item.hint ? newsText(item.hint) : '', treeNews(item, tree)].filter((text) => text !== '');
  const values: Record<string, string> = {
    workItemId: String(item.workItemId),
    title: dataBlock('title', tile.title),
    workItem: tileTexts(tile, attachments).join('\n\n'),
    comments: comments.map(commentText).join('\n\n') || 'None.',
    plan: dataBlock('plan', planned(item)),
    branch: item.change?.branch ?? '',
    targetBranch,
    hint: news.join('\n\n') || 'None.',
  };
  return template.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole);
}
