/** One changed path of a tree, compared with its commit: untrusted data. */
import type { FileMode } from './tree/stat-index.ts';

export type Change = { path: string; mode: FileMode; bytes: Buffer; deleted?: false } | { path: string; deleted: true };
