/** Digests, a canonical JSON that is the same for equal values, and a comparison of secrets by their digests. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** 64 hex digits. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A short digest of a text, for keys, markers and names of folders: 16 hex digits. */
export function shortHash(text: string): string {
  return sha256(text).slice(0, 16);
}

/** From 0 up to 1: the same for the same text, and spread evenly over different ones. */
export function fractionOf(text: string): number {
  return Number.parseInt(sha256(text).slice(0, 8), 16) / 2 ** 32;
}

/** Like `JSON.stringify`, with the keys of every object sorted by code units. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The sha256 of the canonical JSON. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}

/** Compares in constant time, for any lengths. */
export function equalSecrets(given: string, wanted: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
