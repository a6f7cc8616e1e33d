/** Whose comments on the work item steer a turn after the approval, and those that come while the engine works. */
import type { CodeChangeAgent } from '../../agents/agent.ts';
import type { TurnOrder } from '../../ipc/protocol.ts';
import { isPerson } from '../../work-items/gate/rules.ts';
import { readableComments } from '../../work-items/readable.ts';
import type { TileComment, TrackerReads } from '../../work-items/tracker.ts';
import { commentText } from './prompt/prompt.ts';

export interface Steering {
  /** Whether its author is an approver, or any person where none are named; no agent is. */
  maySteer(comment: TileComment): boolean;
  /** From now on the engine is told what comes beside these comments; each call takes the place of the one before it. */
  begin(workItemId: number, known: readonly TileComment[], tell: (text: string) => void): void;
  /** Tells it what was written since. Throws OutsideError. */
  look(): Promise<void>;
  end(): void;
}

const lead =
  'Someone who may steer this work wrote on the work item while you were working. Follow it as far as the approved plan allows. If it asks for more, do not do that part; say so in a comment.';

interface Steered {
  readonly agent: { readonly devops: Pick<CodeChangeAgent['devops'], 'approvers'> };
  readonly order: Pick<TurnOrder, 'agentIdentities'>;
  readonly connections: { readonly tracker: Pick<TrackerReads, 'comments' | 'markdownOf'> };
}

/** Of one turn. */
export function createSteering({ agent, order, connections }: Steered): Steering {
  const { tracker } = connections;
  const { approvers } = agent.devops;
  const { agentIdentities } = order;
  let listening: { workItemId: number; known: Set<number>; tell: (text: string) => void } | undefined;

  const maySteer = ({ by }: TileComment) =>
    !agentIdentities.includes(by.id) && (approvers?.some((entry) => isPerson(entry, by)) ?? true);

  return {
    maySteer,
    begin(workItemId, known, tell) {
      listening = { workItemId, known: new Set(known.map(({ commentId }) => commentId)), tell };
    },
    async look() {
      if (!listening) return;
      const { workItemId, known, tell } = listening;
      const comments = await tracker.comments(workItemId);
      const fresh = comments.filter((comment) => !known.has(comment.commentId) && maySteer(comment));
      for (const { commentId } of fresh) known.add(commentId);
      if (fresh.length === 0) return;
      const readable = await readableComments(tracker, fresh);
      tell([lead, ...readable.map((comment) => commentText(comment))].join('\n\n'));
    },
    end() {
      listening = undefined;
    },
  };
}
