/**
 * The audit log of one agent as a chain: each entry's hash covers its content and the hash before it.
 *
 * An edit breaks the entry's own hash, a removal or reordering the link to the next, a cut tail the head kept elsewhere.
 */
import { canonicalJson, digestOf } from '../base/digest.ts';

export interface AuditEntry {
  /** 1, 2, 3 ... within the agent. */
  readonly seq: number;
  /** Milliseconds since 1970 (UTC). */
  readonly at: number;
  readonly agentId: string;
  /** Empty for what concerns the whole agent. */
  readonly sessionId: string;
  /** `platform`, an address, or `person/NAME`. */
  readonly actor: string;
  readonly action: string;
  /** What it was done to, such as `wi-12`. */
  readonly target: string;
  readonly argsDigest: string;
  /** The id of the permit under which it was done. */
  readonly permit?: string;
  /** The agent's trusted configuration at that time; empty before there is one. */
  readonly configDigest: string;
  readonly outcome: string;
  readonly prev: string;
  readonly hash: string;
}

/** What happened, before it has its place in the chain. */
export type AuditDraft = Omit<AuditEntry, 'seq' | 'prev' | 'hash'>;

/** The last link: how many entries there are and the hash of the last. */
export type AuditHead = Pick<AuditEntry, 'seq' | 'hash'>;

export type ChainVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly brokenAt: number; readonly why: string };

/** The head of a log without entries. */
export const emptyHead: AuditHead = { seq: 0, hash: '0'.repeat(64) };

/** The next entry after `head`. */
export function chain(head: AuditHead, draft: AuditDraft): AuditEntry {
  const linked = { ...draft, seq: head.seq + 1, prev: head.hash };
  return { ...linked, hash: digestOf(linked) };
}

function faultOf({ hash, ...content }: AuditEntry, before: AuditHead): string | undefined {
  if (content.seq !== before.seq + 1) return `entry ${before.seq + 1} is missing`;
  if (content.prev !== before.hash) return 'it does not follow the entry before it';
  return digestOf(content) === hash ? undefined : 'it was changed after it was written';
}

/**
 * Checks every link from the first entry, or from those after `checked`, to `head`; `brokenAt` is the seq of the first entry that is
 * wrong or missing.
 */
export function verifyChain(entries: readonly AuditEntry[], head: AuditHead, checked = emptyHead): ChainVerdict {
  let before = checked;
  for (const entry of entries) {
    const why = faultOf(entry, before);
    if (why) return { ok: false, brokenAt: before.seq + 1, why };
    before = entry;
  }
  if (before.seq < head.seq) return { ok: false, brokenAt: before.seq + 1, why: 'the log ends before its head' };
  if (before.seq > head.seq) return { ok: false, brokenAt: head.seq + 1, why: 'the log goes on after its head' };
  if (before.hash !== head.hash)
    return { ok: false, brokenAt: head.seq, why: 'the last entry is not the one in the head' };
  return { ok: true };
}

/** One line of an export, which another machine can verify with `verifyChain` after `JSON.parse`. */
export function exportLine(entry: AuditEntry): string {
  return `${canonicalJson(entry)}\n`;
}
