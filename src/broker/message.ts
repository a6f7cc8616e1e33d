/** A message: one command with its payload, from a sender to an address. Only the server sets id, from and at. */
import { z } from 'zod';
import { limits } from '../limits.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { type Address, formatAddress } from './address.ts';

const messageDraftSchema = z.object({
  to: z.string().min(1).max(400),
  command: z.string().regex(/^[a-z][a-z0-9._-]{0,79}$/, 'lower-case words joined by dots, at most 80 characters'),
  payload: z.record(z.string(), z.unknown()).default({}),
  /** Of several messages to one address with the same key, only the first is stored. */
  dedupeKey: z.string().min(1).max(200).optional(),
});

/** What a sender may set; everything else is dropped. */
export type MessageDraft = z.input<typeof messageDraftSchema>;

export interface Message {
  readonly id: string;
  readonly to: string;
  readonly from: string;
  readonly command: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970 (UTC). */
  readonly at: number;
  readonly dedupeKey?: string;
  /** The id of the message in whose turn this one was written. */
  readonly causedBy?: string;
}

/** The sender, as the server knows them: one of our addresses, a person at the command line or API, or a part of the platform. */
export type Sender = Address | { readonly kind: 'person' | 'platform'; readonly name: string };

/** `agent/...`, `slack/...`, `person/NAME` or `platform/NAME`. */
export function formatSender(sender: Sender): string {
  return 'name' in sender ? `${sender.kind}/${sender.name}` : formatAddress(sender);
}

/** The name of the person who sent a message (`from` as `formatSender` writes it); undefined for any other sender. */
export function personOf(from: string): string | undefined {
  return from.startsWith('person/') ? from.slice('person/'.length) : undefined;
}

/** Commands with which a person decides about a work item. No agent may send them, directly or through a chain of causes. */
export const personCommands: ReadonlySet<string> = new Set([
  'work.cancel',
  'work.reject',
  'work.retry',
  'work.rollback',
  'work.restored',
]);

/** What people said in Slack: an agent that could send this could put words into their mouths. */
export const heardCommands: readonly string[] = ['slack.message', 'slack.ambient'];

/** Checks a draft from outside; the refusal names the field. */
export function parseDraft(input: unknown): z.output<typeof messageDraftSchema> | Refusal {
  const draft = messageDraftSchema.safeParse(input);
  if (!draft.success) {
    const issue = draft.error.issues[0];
    const where = issue?.path.join('.') || 'message';
    return refuse(
      'ADDRESS_DENIED',
      `${where}: ${issue?.message ?? 'not a message'}`,
      'Correct this field of the message.',
    );
  }
  if (Buffer.byteLength(JSON.stringify(draft.data)) > limits.messageBytesMax) {
    return refuse(
      'ADDRESS_DENIED',
      `a message has at most ${limits.messageBytesMax} bytes`,
      'Send a shorter message, or a link to the content.',
    );
  }
  return draft.data;
}
