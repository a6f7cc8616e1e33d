/** A thread of Slack as its agent reads it. */

export interface ThreadMessage {
  /** Slack's time of the message, by which it is named. */
  readonly ts: string;
  readonly user: string;
  readonly name?: string;
  readonly text: string;
  /** Whether the agent itself said it. */
  readonly isOurs: boolean;
  readonly isBot: boolean;
  readonly files: readonly { readonly name: string }[];
}

export interface ThreadPage {
  /** Oldest first. */
  readonly messages: readonly ThreadMessage[];
  /** The cursor of the next page, if there are later messages. */
  readonly next?: string;
}
