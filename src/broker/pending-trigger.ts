/** What a parked session waits for, in words that people and outsiders read; the lifecycle itself does not read it. */

/** What outsiders know each wait by. The names are the same whichever tracker the agent has, since programs read them. */
export const triggerTypes = {
  state: 'azdo_state_change',
  comment: 'azdo_comment',
  merge: 'pull_request_merge',
} as const;

interface Waiting {
  readonly workItemId: number;
  readonly resumePrompt: string;
}

/** One of several states of the tile, a person's comment on it, or the merge of its pull request. */
export type PendingTrigger = Waiting &
  (
    | { readonly type: typeof triggerTypes.state; readonly targetStates: readonly string[] }
    | { readonly type: typeof triggerTypes.comment }
    | { readonly type: typeof triggerTypes.merge; readonly prUrl: string }
  );
