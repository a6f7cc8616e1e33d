/** One try to bring something to an app, and how it went. */

export interface Attempt {
  kind: 'events_api' | 'interactive';
  payload: Record<string, unknown>;
  /** 0 the first time. */
  nth: number;
  /** Why the delivery before failed. */
  reason: string;
}

export interface Outcome {
  isDone: boolean;
  /** Why it was not taken. */
  reason: string;
  /** The app wants no further delivery. */
  isLast?: boolean;
  /** What the app answered. */
  answer?: unknown;
}
