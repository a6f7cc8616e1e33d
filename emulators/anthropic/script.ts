/** The script of the model as data: a request selects a scene, and the scene's replies are sent one after the other. */
import { z } from 'zod';

const toolBlock = z.strictObject({ tool: z.string().min(1), input: z.record(z.string(), z.unknown()).default({}) });
const textBlock = z.strictObject({ text: z.string() });
const usageOption = z.strictObject({
  usage: z.strictObject({
    input: z.int().min(0).optional(),
    cached: z.int().min(0).optional(),
    output: z.int().min(0).optional(),
  }),
});
const errorOption = z.strictObject({
  error: z.strictObject({ status: z.int().min(400).max(599), type: z.string(), message: z.string() }),
});
const delayOption = z.strictObject({ delayMs: z.int().min(0) });

const pattern = z.string().refine((source) => {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}, 'not a regular expression');

const reply = z.array(z.union([textBlock, toolBlock, usageOption, errorOption, delayOption]));

/** These replies once for each match of the pattern in the capture that `in` names. */
const eachReply = z.strictObject({ forEach: pattern, in: z.string().min(1), replies: z.array(reply) });

const scene = z.strictObject({
  when: z
    .strictObject({
      /** Regular expressions (flags `su`) searched in the request's texts; named groups are captured for `{{name}}`. */
      system: pattern.optional(),
      prompt: pattern.optional(),
      model: pattern.optional(),
      toolResult: pattern.optional(),
      /** Names of tools that the request must contain. */
      tools: z.array(z.string()).optional(),
    })
    .default({}),
  replies: z.array(z.union([reply, eachReply])).default([]),
  /** Given after the last reply; the text "Done." if it is missing. */
  otherwise: reply.optional(),
});

/**
 * `{ scenes: [{ when, replies: [[block, ...], ...], otherwise }] }`; the first scene whose `when` matches answers.
 *
 * A reply is a list: `{text}` and `{tool, input}` become content blocks; `{usage}`, `{error}` and
 * `{delayMs}` control how it is sent. The reply is chosen by the number of assistant messages after the last prompt of the
 * request (a tool result is not a prompt), so the server has no state. After the last reply the answer is `otherwise`, and if no
 * scene matches the text "Done.". In strings `{{name}}` is a named capture and `{{toolResult}}` the last tool result's text.
 * `{forEach, in, replies}` among the replies, and `{forEach, in, value}` in a list of a tool's input, come once for each match of
 * the pattern `forEach` (flags `gsu`) in the capture `in`, with its named groups; equal ones come once.
 */
export const scriptSchema = z.strictObject({ scenes: z.array(scene) });

export type Script = z.input<typeof scriptSchema>;
export type Scene = z.output<typeof scriptSchema>['scenes'][number];
export type Replies = Scene['replies'];
export type Reply = z.output<typeof reply>;
