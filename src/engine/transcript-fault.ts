/**
 * Checks whether a conversation's stored rows are complete: the engine would silently continue with the rest of a damaged one.
 *
 * Measured with Claude Code 2.1: it silently skips a missing message, and everything before a missing first
 * one. A call without a result is allowed only in the last message: the engine answers it itself when it continues.
 */
import { z } from 'zod';
import { conversationIdForm } from './transcripts.ts';

const block = z.looseObject({
  type: z.string(),
  id: z.string().exactOptional(),
  tool_use_id: z.string().exactOptional(),
});

const row = z.looseObject({
  type: z.string(),
  uuid: z.string().exactOptional(),
  parentUuid: z.string().nullish(),
  /** The message before a summary, if the engine summarized the conversation. */
  logicalParentUuid: z.string().nullish(),
  sessionId: z.string().exactOptional(),
  message: z
    .looseObject({ id: z.string().exactOptional(), content: z.union([z.string(), z.array(block)]) })
    .exactOptional(),
});

type Row = z.infer<typeof row>;

const isSaid = ({ type }: Row) => type === 'user' || type === 'assistant';

/** Finds a missing message: each message names the one before it, back to the first. */
function gapIn(rows: readonly Row[]): string | undefined {
  const known = new Set<string>();
  for (const [index, { type, uuid, parentUuid, logicalParentUuid }] of rows.entries()) {
    if (uuid === undefined) continue;
    const before = parentUuid ?? logicalParentUuid ?? undefined;
    const isFirst = known.size === 0;
    if (isFirst && (type !== 'user' || before !== undefined)) return 'its first message is missing';
    if (!isFirst && (before === undefined || !known.has(before)))
      return `the message before row ${index + 1} is missing`;
    known.add(uuid);
  }
  return known.size === 0 ? 'none of its messages is stored' : undefined;
}

/** Finds a tool call without a result although the conversation continued after it. */
function openCallIn(rows: readonly Row[]): string | undefined {
  const last = rows.findLast(({ type }) => type === 'assistant')?.message?.id;
  const asked = new Map<string, number>();
  const answered = new Set<string>();
  for (const [index, { message }] of rows.entries()) {
    const content = typeof message?.content === 'object' ? message.content : [];
    for (const { type, id, tool_use_id } of content) {
      if (type === 'tool_use' && id !== undefined && message?.id !== last) asked.set(id, index + 1);
      if (type === 'tool_result' && tool_use_id !== undefined) answered.add(tool_use_id);
    }
  }
  const open = [...asked].find(([id]) => !answered.has(id));
  return open && `the result of a tool call in row ${open[1]} is missing`;
}

/** Why the conversation cannot continue from these rows (in the order in which they were stored); undefined if it can. */
export function transcriptFault(engineSessionId: string, stored: readonly unknown[]): string | undefined {
  if (!conversationIdForm.test(engineSessionId)) return "its id is not one of the engine's";
  const rows: Row[] = [];
  for (const [index, value] of stored.entries()) {
    const { data } = row.safeParse(value);
    if (!data || (isSaid(data) && !data.message)) return `row ${index + 1} of its transcript is not readable`;
    if ((data.sessionId ?? engineSessionId) !== engineSessionId)
      return `row ${index + 1} belongs to another conversation`;
    rows.push(data);
  }
  return gapIn(rows) ?? openCallIn(rows);
}
