/** How a try to send something ended. */
import type { Refusal } from '../refusal.ts';

/** `unknown`: it may have been sent, and is looked for before it is tried again. */
export type SendOutcome =
  | { readonly kind: 'sent'; readonly ts?: string }
  | { readonly kind: 'failed'; readonly refusal: Refusal }
  | { readonly kind: 'later' | 'unknown'; readonly refusal: Refusal; readonly until: number };
