/** What a parked session is waiting for, for people and other programs; the lifecycle itself does not read it. */

/** The public name of each wait. Programs read these names, so they are the same for every tracker. */
export const triggerTypes = {
  state: 'azdo_state_change',
  comment: 'azdo_comment',
  merge: 'pull_request_merge',
} as const;

interface Waiting {
  readonly workItemId: number;
  readonly resumePrompt: string;
}

/** A move of the tile to one of several states, a person's comment on it, or the merge of its pull request. */
export type PendingTrigger = Waiting &
  (
    | { readonly type: typeof triggerTypes.state; readonly targetStates: readonly string[] }
    | { readonly type: typeof triggerTypes.comment }
    | { readonly type: typeof triggerTypes.merge; readonly prUrl: string }
  );
