/** What goes out to Slack, as it is stored before it is sent. */

/** A thread of a channel, or without a root the channel itself. */
export interface Place {
  /** `default`, or NAME of slack/NAME.env. */
  readonly app: string;
  readonly channel: string;
  /** The time of the thread's first message. */
  readonly root?: string;
}

/** What a press of a button means; the button itself carries only a random id. */
export interface ButtonWish {
  readonly label: string;
  /** Who takes the press, such as `answer`. */
  readonly action: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly style?: 'primary' | 'danger';
}

/** A stored button, as a message shows it. */
export type ShownButton = Pick<ButtonWish, 'label' | 'action' | 'style'> & { readonly id: string };

/** A button that opens a page and is nobody's to judge. */
export interface LinkButton {
  readonly label: string;
  readonly url: string;
}

interface Words {
  /** Markdown; it is made harmless as it is sent. */
  readonly text: string;
  /** Who is mentioned before the words, a user's id. */
  readonly mention?: string;
  readonly buttons?: readonly ShownButton[];
  readonly links?: readonly LinkButton[];
}

/** `of` is the outbox id of one of our messages, `ts` the time of any message in the same channel. */
export type Outgoing =
  | ({ readonly kind: 'post' } & Words)
  | ({ readonly kind: 'edit'; readonly of: string } & Words)
  | { readonly kind: 'delete'; readonly of: string }
  | { readonly kind: 'react' | 'unreact'; readonly name: string; readonly ts: string }
  /** `content` is base64. */
  | { readonly kind: 'upload'; readonly title: string; readonly name: string; readonly content: string }
  /** A form that opens for who just pressed a button; `trigger` is good for a few seconds. What is filled in comes back as a press. */
  | {
      readonly kind: 'form';
      readonly trigger: string;
      readonly action: string;
      readonly value: string;
      readonly title: string;
      readonly label: string;
      readonly field: string;
    }
  /** Slack's own sign at a thread: that the agent is at work, with what it does, or waits for people, or rests. */
  | { readonly kind: 'session'; readonly status: 'processing' | 'suspended' | 'active'; readonly text: string }
  /** Seen by one person only, and lost when they reload. */
  | { readonly kind: 'ephemeral'; readonly user: string; readonly text: string };

export interface OutboxWish {
  /** The same wish has the same key: of several, the first is stored. */
  readonly key: string;
  /** Empty where no agent is concerned: the platform speaks for itself. */
  readonly agentId: string;
  readonly sessionId: string;
  readonly place: Place;
  /** The platform's own lines are not an agent's words: they go out while it is paused, and count for no loop. */
  readonly by: 'agent' | 'platform';
  readonly what: Outgoing;
  /** Stored with the message, and shown below it. */
  readonly buttons?: readonly ButtonWish[];
}
