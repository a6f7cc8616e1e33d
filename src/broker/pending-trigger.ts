/** What a parked session waits for, in words that people and outsiders read; the lifecycle itself does not read it. */

interface Waiting {
  readonly workItemId: number;
  readonly resumePrompt: string;
}

/** One of several states of the tile, a person's comment on it, or the merge of its pull request. */
export type PendingTrigger = Waiting &
  (
    | { readonly type: 'azdo_state_change'; readonly targetStates: readonly string[] }
    | { readonly type: 'azdo_comment' }
    | { readonly type: 'pull_request_merge'; readonly prUrl: string }
  );
