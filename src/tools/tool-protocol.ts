/**
 * The messages between platform and tool host, one line of JSON each. Messages of the host are checked, because foreign code can
 * forge them.
 */
import { z } from 'zod';

const id = z.int().nonnegative();
const text = z.string();

/** Messages from the tool host. If a tool dies or hangs while it loads, it is the one in the last `loading`. */
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

/** Messages to the tool host. */
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
