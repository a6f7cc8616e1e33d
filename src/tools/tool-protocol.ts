/** What the platform and the tool host say to each other, a line of JSON each; the host's word is checked, since foreign code can forge it. */
import { z } from 'zod';

const id = z.int().nonnegative();
const text = z.string();

/** From the tool host. A tool that dies or hangs while it loads is the one that `loading` named last. */
export const hostEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('loading'), name: text }),
  z.object({
    kind: z.literal('loaded'),
    name: text,
    declaredName: text,
    description: text,
    schema: z.record(z.string(), z.unknown()),
  }),
  z.object({ kind: z.literal('unfit'), name: text, why: text }),
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('answer'), call: id, result: z.unknown().optional(), error: text.optional() }),
  z.object({ kind: z.literal('log'), call: id, level: z.enum(['debug', 'info', 'warn', 'error']), text }),
  z.object({ kind: z.literal('publish'), call: id, publish: id, message: z.unknown() }),
]);

export type HostEvent = z.infer<typeof hostEventSchema>;

/** To the tool host. */
export type HostRequest =
  | {
      kind: 'load';
      tools: readonly { name: string; file: string }[];
      agentId: string;
      agentConfig: unknown;
      projectRoot: string;
      answerBytesMax: number;
    }
  | {
      kind: 'call';
      call: number;
      tool: string;
      input: unknown;
      sessionId: string;
      agentSecrets: Readonly<Record<string, string>>;
    }
  | { kind: 'published'; publish: number; result?: unknown; error?: string };
