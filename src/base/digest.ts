/** Digests, and the JSON that is the same for equal values, however they were written. */
import { createHash } from 'node:crypto';

/** 64 hex digits. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A short digest of a text, for keys, markers and names of folders: 16 hex digits. */
export function shortHash(text: string): string {
  return sha256(text).slice(0, 16);
}

/** As `JSON.stringify`, with the names of every object in the order of their code units. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** sha256 over the canonical JSON. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
