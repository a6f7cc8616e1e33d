/** The notes of an agent, as supervisor and worker hand them to each other. */
import { z } from 'zod';
import { isNoteName } from '../agents/memory-folder.ts';
import { limits } from '../limits.ts';

export const notesSchema = z.array(
  z.object({
    file: z.string().refine(isNoteName),
    text: z.string().max(2 * limits.memoryFileBytesMax),
    /** The accepted version that it is based on. */
    base: z.number().int().min(0),
  }),
);
