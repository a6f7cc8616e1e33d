/** One path of a tree as it differs from its commit: data, whoever made it. */
import type { FileMode } from './tree/stat-index.ts';

export type Change = { path: string; mode: FileMode; bytes: Buffer; deleted?: false } | { path: string; deleted: true };
