/** The messages about commits that are on no remote yet, and about whose tree is whose: bounded parts in base64. */
import { z } from 'zod';
import { limits } from '../limits.ts';

const turnId = z.string().min(1).max(100);
const sha = z.string().regex(/^[0-9a-f]{40,64}$/);
const name = z.string().min(1).max(100);
const partsMax = Math.ceil(limits.bundleBytesMax / limits.bundlePartBytesMax);

/** A bundle of commits; without a name it was too large, and only its node has it. */
const bundleSchema = z.object({
  bundle: name.exactOptional(),
  commits: z.array(sha).max(20),
  bytes: z.number().int().nonnegative(),
  parts: z.number().int().min(0).max(partsMax),
});

/** What the state has of the session's work; `isElsewhere` where only another node has it. */
export const orderedWorkSchema = bundleSchema.extend({ isElsewhere: z.boolean() });

export type OrderedWork = z.infer<typeof orderedWorkSchema>;

/** From a worker to its supervisor. */
export const workSchemas = {
  workPart: z.object({
    turnId,
    bundle: name,
    part: z.number().int().min(0).max(partsMax),
    content: z.base64().max(Math.ceil(limits.bundlePartBytesMax / 3) * 4),
  }),
  workKept: z.object({ turnId, kept: bundleSchema }),
  readWork: z.object({ turnId, bundle: name, part: z.number().int().min(0).max(partsMax) }),
  treeWritten: z.object({ turnId, tree: name }),
};

type Call<K extends keyof typeof workSchemas, R> = { params: z.infer<(typeof workSchemas)[K]>; result: R };

export type WorkMethods = {
  /** Stores a part of a bundle, which counts once the whole is kept. */
  workPart: Call<'workPart', null>;
  /** The session's work is this bundle from now on. */
  workKept: Call<'workKept', null>;
  /** The content of a part; null if the bundle is not there any more. */
  readWork: Call<'readWork', string | null>;
  /** The turn works in this tree, and in no other one. */
  treeWritten: Call<'treeWritten', null>;
};
