/**
 * Whether a conversation's stored rows are whole: the engine goes on from what is left of a damaged one, and says nothing.
 *
 * Measured with Claude Code 2.1: a message that is gone is left out in silence, as is all that went before a missing first
 * one. Only a call without its result in the last message is its own business: it answers that one itself when it goes on.
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
  /** What was said before the engine summed it up, where it did. */
  logicalParentUuid: z.string().nullish(),
  sessionId: z.string().exactOptional(),
  message: z
    .looseObject({ id: z.string().exactOptional(), content: z.union([z.string(), z.array(block)]) })
    .exactOptional(),
});

type Row = z.infer<typeof row>;

const isSaid = ({ type }: Row) => type === 'user' || type === 'assistant';

/** Each message names the one before it, back to the first. */
function gapIn(rows: readonly Row[]): string | undefined {
  const known = new Set<string>();
  for (const [index, { type, uuid, parentUuid, logicalParentUuid }] of rows.entries()) {
    if (uuid === undefined) continue;
    const before = parentUuid ?? logicalParentUuid ?? undefined;
    const isFirst = known.size === 0;
    if (isFirst && (type !== 'user' || before !== undefined)) return 'its first message is gone';
    if (!isFirst && (before === undefined || !known.has(before))) return `the message before row ${index + 1} is gone`;
    known.add(uuid);
  }
  return known.size === 0 ? 'no message of it is stored' : undefined;
}

/** A call of a tool that has no result although the conversation went on after it. */
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
  return open && `the result of a tool call of row ${open[1]} is gone`;
}

/** Why the conversation cannot be gone on with from these rows, in the order in which they were stored; undefined when it can. */
export function transcriptFault(engineSessionId: string, stored: readonly unknown[]): string | undefined {
  if (!conversationIdForm.test(engineSessionId)) return 'its id is none of the engine';
  const rows: Row[] = [];
  for (const [index, value] of stored.entries()) {
    const { data } = row.safeParse(value);
    if (!data || (isSaid(data) && !data.message)) return `row ${index + 1} of its transcript cannot be read`;
    if ((data.sessionId ?? engineSessionId) !== engineSessionId) return `row ${index + 1} is of another conversation`;
    rows.push(data);
  }
  return gapIn(rows) ?? openCallIn(rows);
}
