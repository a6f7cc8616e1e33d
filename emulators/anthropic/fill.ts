/** Fills a script's replies from a request: named captures in strings, and parts that come once for each match of a pattern. */
import type { Replies, Reply } from './script.ts';

type Values = Readonly<Record<string, string>>;

interface ForEach {
  forEach: string;
  in: string;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isForEach = (value: unknown): value is ForEach & Readonly<Record<string, unknown>> =>
  isObject(value) && typeof value.forEach === 'string' && typeof value.in === 'string';

const fillText = (text: string, values: Values) =>
  text.replace(/\{\{(\w+)\}\}/g, (all, name: string) => values[name] ?? all);

/** The values once for each match, with the match's own captures. */
function eachOf({ forEach, in: name }: ForEach, values: Values): Values[] {
  const matches = (values[name] ?? '').matchAll(new RegExp(forEach, 'gsu'));
  return [...matches].map(({ groups = {} }) => ({ ...values, ...groups }));
}

/** The same thing said twice is one thing. */
function unique<T>(all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

function fillValue(value: unknown, values: Values): unknown {
  if (typeof value === 'string') return fillText(value, values);
  if (Array.isArray(value)) {
    const parts = value.flatMap((part) =>
      isForEach(part) ? eachOf(part, values).map((each) => fillValue(part.value, each)) : [fillValue(part, values)],
    );
    return value.some(isForEach) ? unique(parts) : parts;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fillValue(part, values)]));
}

/** The replies of a scene for one request; `values` are the captures of its `when`, and `toolResult`. */
export function fillReplies(replies: Replies, values: Values): Reply[] {
  return replies.flatMap((part): Reply[] => {
    if (Array.isArray(part)) return [fillValue(part, values) as Reply];
    return unique(eachOf(part, values).flatMap((each) => fillValue(part.replies, each) as Reply[]));
  });
}
