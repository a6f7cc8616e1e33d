/**
 * Strict JSON that remembers the line of every value, for faults that name their line.
 *
 * text -> tokens with lines -> value + lines by path; a syntax fault ends the reading, duplicate and `__proto__` keys are gathered.
 */
import { startOf } from '../../documents/cut.ts';

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

interface Token {
  readonly text: string;
  readonly line: number;
}

interface Reading {
  readonly tokens: Iterator<Token, Token>;
  next: Token;
  readonly depthMax: number;
  readonly faults: JsonFault[];
  readonly lines: Map<string, number>;
}

class SyntaxFault extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const tokenForm = /[\t\r\n ]+|[{}[\],:]|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|[^\t\r\n {}[\],:"]+|"/y;
const scalarForm = /^(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)$/;

function* tokensOf(text: string): Generator<Token, Token> {
  const form = new RegExp(tokenForm);
  let line = 1;
  for (let match = form.exec(text); match !== null; match = form.exec(text)) {
    const [piece] = match;
    if (piece.trim() === '') line += piece.split('\n').length - 1;
    else yield { text: piece, line };
  }
  return { text: '', line };
}

const keyOf = (path: JsonPath) => JSON.stringify(path);

function advance(reading: Reading): Token {
  const token = reading.next;
  reading.next = reading.tokens.next().value;
  return token;
}

function unexpected({ text, line }: Token, wanted: string): SyntaxFault {
  const found = text === '' ? 'the file ends' : `found ${startOf(text, 40)}`;
  return new SyntaxFault(line, `${wanted} is expected, but ${found}`);
}

function readScalar(token: Token, wanted: string): unknown {
  try {
    if (token.text.startsWith('"') || scalarForm.test(token.text)) return JSON.parse(token.text);
  } catch {
    // Falls through: a string with a bad escape or a control character.
  }
  throw unexpected(token, wanted);
}

/** The members between two brackets, parted by commas, none after the last. */
function readMembers(reading: Reading, close: string, readMember: () => void): void {
  advance(reading);
  while (reading.next.text !== close) {
    readMember();
    if (reading.next.text === close) break;
    const comma = advance(reading);
    if (comma.text !== ',') throw unexpected(comma, `',' or '${close}'`);
    if (reading.next.text === close) throw new SyntaxFault(comma.line, 'a comma stands after the last member');
  }
  advance(reading);
}

function readObject(reading: Reading, path: JsonPath): unknown {
  const members = new Map<string, unknown>();
  readMembers(reading, '}', () => {
    const token = advance(reading);
    const name = readScalar(token, 'a name in double quotes');
    if (typeof name !== 'string') throw unexpected(token, 'a name in double quotes');
    const colon = advance(reading);
    if (colon.text !== ':') throw unexpected(colon, "':'");
    const at = [...path, name];
    if (members.has(name)) reading.faults.push({ line: token.line, path: at, message: 'this name stands here twice' });
    if (name === '__proto__') reading.faults.push({ line: token.line, path: at, message: 'this name is not allowed' });
    members.set(name, readValue(reading, at));
  });
  members.delete('__proto__');
  return Object.fromEntries(members);
}

function readArray(reading: Reading, path: JsonPath): unknown {
  const items: unknown[] = [];
  readMembers(reading, ']', () => items.push(readValue(reading, [...path, items.length])));
  return items;
}

function readValue(reading: Reading, path: JsonPath): unknown {
  const { text, line } = reading.next;
  if (path.length > reading.depthMax) throw new SyntaxFault(line, `nested deeper than ${reading.depthMax}`);
  reading.lines.set(keyOf(path), line);
  if (text === '{') return readObject(reading, path);
  if (text === '[') return readArray(reading, path);
  return readScalar(advance(reading), 'a value');
}

/** Reads one JSON document; never throws. `depthMax` bounds how deep objects and arrays may be nested. */
export function readJsonText(text: string, depthMax: number): JsonText {
  const tokens = tokensOf(text);
  const reading: Reading = { tokens, next: tokens.next().value, depthMax, faults: [], lines: new Map() };
  const lineOf = (path: JsonPath) => {
    for (let length = path.length; length > 0; length -= 1) {
      const line = reading.lines.get(keyOf(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return reading.lines.get(keyOf([])) ?? 1;
  };
  try {
    const value = readValue(reading, []);
    if (reading.next.text !== '') throw unexpected(reading.next, 'the end of the file');
    return { value, faults: reading.faults, lineOf };
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    const fault = { line: error.line, path: [], message: error.message };
    return { value: undefined, faults: [...reading.faults, fault], lineOf };
  }
}
