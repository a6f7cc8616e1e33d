/**
 * Strict JSON that remembers the line of every value, for faults that name their line.
 *
 * text -> too deep? -> JSON.parse says what it holds -> jsonc-parser says where; duplicate and `__proto__` names are faults.
 */
import {
  createScanner,
  findNodeAtLocation,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { startOf } from '../../documents/cut.ts';
import { limits } from '../../limits.ts';

export type JsonPath = readonly PropertyKey[];

interface JsonFault {
  readonly line: number;
  readonly path: JsonPath;
  readonly message: string;
}

interface JsonText {
  /** Undefined where a fault kept it from being read. */
  readonly value: unknown;
  readonly faults: readonly JsonFault[];
  /** The line of the value at `path`, or of the nearest one around it; counted from 1. */
  lineOf(path: JsonPath): number;
}

const strict = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };

/** By the parser's own names of its errors. */
const wanted: Readonly<Record<string, string>> = {
  InvalidCommentToken: 'JSON has no comments',
  PropertyNameExpected: 'a name in double quotes is expected here',
  ValueExpected: 'a value is expected here',
  ColonExpected: "':' is expected here",
  CommaExpected: "',' is expected here, or the end of the list",
  CloseBraceExpected: "'}' is expected here",
  CloseBracketExpected: "']' is expected here",
  EndOfFileExpected: 'the file goes on after its value',
  UnexpectedEndOfString: 'a text has no closing quote',
  InvalidCharacter: 'a text holds a control character; write it as an escape',
  InvalidEscapeCharacter: 'a text holds an escape that JSON does not have',
  InvalidUnicode: 'a text holds a \\u escape without its four hex digits',
};

const messageMax = 40;
const faultsMax = limits.faultsOfFileMax;

/** What is wrong with a text that JSON.parse refuses, and where. */
function syntaxFault(text: string): { offset: number; message: string } {
  const errors: ParseError[] = [];
  parseTree(text, errors, strict);
  const [first] = errors;
  if (!first) return { offset: text.length, message: 'this is not JSON' };
  const before = text.slice(0, first.offset).trimEnd();
  if (before.endsWith(',') && /[}\]]/.test(text[first.offset] ?? '')) {
    return { offset: before.length - 1, message: 'the last member has a comma after it' };
  }
  const found = startOf(text.slice(first.offset, first.offset + first.length), messageMax);
  const here = found.trim() === '' ? 'the file ends' : `found ${found}`;
  return {
    offset: first.offset,
    message: `${wanted[printParseErrorCode(first.error)] ?? 'this is not a value of JSON'}: ${here}`,
  };
}

/** Where the text is nested deeper than `max`. A parser calls itself for each level, so this is asked first. */
function tooDeepAt(text: string, max: number): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  // Kinds of tokens: 1 and 3 open an object or an array, 2 and 4 close it, 17 ends the text.
  for (let kind: number = scanner.scan(); kind !== 17; kind = scanner.scan()) {
    if (kind === 1 || kind === 3) depth += 1;
    else if (kind === 2 || kind === 4) depth -= 1;
    if (depth > max) return scanner.getTokenOffset();
  }
  return undefined;
}

/** Names that an object has twice, and `__proto__`, with where each is. */
function nameFaults(
  node: Node | undefined,
  path: JsonPath = [],
): { offset: number; path: JsonPath; message: string }[] {
  if (node?.type === 'array') return (node.children ?? []).flatMap((child, at) => nameFaults(child, [...path, at]));
  if (node?.type !== 'object') return [];
  const seen = new Set<string>();
  return (node.children ?? []).flatMap(({ children: [key, value] = [] }) => {
    if (!key) return [];
    const name = String(key.value);
    const at = [...path, name];
    const fault = (message: string) => ({ offset: key.offset, path: at, message });
    const own = [
      ...(seen.has(name) ? [fault('this object has the name twice')] : []),
      ...(name === '__proto__' ? [fault('this name is not allowed')] : []),
    ];
    seen.add(name);
    return [...own, ...nameFaults(value, at)];
  });
}

const asSegment = (part: PropertyKey): string | number => (typeof part === 'number' ? part : String(part));

/** Reads one JSON document; never throws. `depthMax` bounds how deep objects and arrays may be nested. */
export function readJsonText(text: string, depthMax: number): JsonText {
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  const unread = (offset: number, message: string): JsonText => {
    const line = lineAt(offset);
    return { value: undefined, faults: [{ line, path: [], message }], lineOf: () => line };
  };
  const deepAt = tooDeepAt(text, depthMax);
  if (deepAt !== undefined) return unread(deepAt, `nested deeper than ${depthMax}`);
  let value: unknown;
  try {
    value = JSON.parse(text, (name, member) => (name === '__proto__' ? undefined : member));
  } catch {
    const { offset, message } = syntaxFault(text);
    return unread(offset, message);
  }
  const tree = parseTree(text, [], strict);
  const faults = nameFaults(tree)
    .slice(0, faultsMax)
    .map(({ offset, path, message }) => ({ line: lineAt(offset), path, message }));
  return {
    value,
    faults,
    lineOf(path) {
      for (let length = path.length; tree && length > 0; length -= 1) {
        const node = findNodeAtLocation(tree, path.slice(0, length).map(asSegment));
        if (node) return lineAt(node.offset);
      }
      return tree ? lineAt(tree.offset) : 1;
    },
  };
}
