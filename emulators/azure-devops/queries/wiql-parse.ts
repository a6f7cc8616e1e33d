/** Parses flat WIQL queries: SELECT fields FROM WorkItems WHERE conditions ORDER BY fields. */
import { errors } from '../api/errors.ts';
import { type Field, findField } from '../process/fields.ts';

export type Literal =
  | { kind: 'text'; text: string }
  | { kind: 'number'; value: number }
  /** `@today - 7` has offset -7, in days. */
  | { kind: 'macro'; name: 'project' | 'today' | 'me'; offset: number };

type Operator = '=' | '<>' | '>' | '>=' | '<' | '<=' | 'in' | 'contains' | 'under' | 'empty';

export type Condition =
  | { kind: 'and' | 'or'; parts: readonly Condition[] }
  | { kind: 'not'; part: Condition }
  | { kind: 'compare'; field: Field; operator: Operator; values: readonly Literal[] };

export interface Query {
  columns: readonly Field[];
  where: Condition | undefined;
  orderBy: readonly { field: Field; descending: boolean }[];
}

interface Token {
  kind: 'word' | 'field' | 'text' | 'number' | 'macro' | 'symbol' | 'end';
  text: string;
}

const tokenPattern =
  /\s+|(?<field>\[[^\]]+\])|(?<text>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?<number>[+-]?\d+(?:\.\d+)?)|(?<macro>@\w+)|(?<word>[A-Za-z_][\w.]*)|(?<symbol><>|>=|<=|[=<>(),+-])/y;

function tokensOf(source: string): Token[] {
  const pattern = new RegExp(tokenPattern);
  const tokens: Token[] = [];
  while (pattern.lastIndex < source.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(source);
    if (!match)
      throw errors.badQuery(
        `TF51006: The query statement is not valid. The error is caused by «${source.slice(at, at + 20)}».`,
      );
    const [kind, text] = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined) ?? [];
    if (kind && text !== undefined) tokens.push({ kind: kind as Token['kind'], text });
  }
  return [...tokens, { kind: 'end', text: 'the end of the query' }];
}

const unquoted = (text: string) => text.slice(1, -1).replaceAll(text.charAt(0).repeat(2), text.charAt(0));
const comparisons = new Set(['=', '<>', '>', '>=', '<', '<=']);

/** A reader over the tokens. */
function createReader(source: string) {
  const tokens = tokensOf(source);
  let at = 0;
  const peek = (): Token => tokens[at] ?? { kind: 'end', text: '' };
  const fail = (wanted: string) =>
    errors.badQuery(`TF51006: The query statement is missing ${wanted}. The error is caused by «${peek().text}».`);
  const next = (): Token => {
    const token = peek();
    at += 1;
    return token;
  };
  const accept = (text: string): boolean => {
    const { kind, text: found } = peek();
    const matches = (kind === 'word' || kind === 'symbol') && found.toLowerCase() === text;
    if (matches) at += 1;
    return matches;
  };
  const expect = (text: string) => {
    if (!accept(text)) throw fail(text.toUpperCase());
  };
  return { peek, next, accept, expect, fail };
}

type Reader = ReturnType<typeof createReader>;

function readField(reader: Reader): Field {
  const { kind, text } = reader.peek();
  if (kind !== 'field' && kind !== 'word') throw reader.fail('a field');
  reader.next();
  const field = findField(kind === 'field' ? text.slice(1, -1) : text);
  if (field) return field;
  throw errors.badQuery(
    `TF51005: The query references a field that does not exist. The error is caused by «${text}».`,
    'ValidationException',
  );
}

/** The offset after a macro: `- 7`, `-7`, `+ 1`, or none. */
function readOffset(reader: Reader): number {
  const { kind, text } = reader.peek();
  if (kind === 'number' && /^[+-]/.test(text)) return Number(reader.next().text);
  const sign = reader.accept('-') ? -1 : reader.accept('+') ? 1 : 0;
  return sign === 0 ? 0 : sign * Number(reader.next().text);
}

function readLiteral(reader: Reader): Literal {
  const { kind, text } = reader.peek();
  if (kind === 'text') reader.next();
  if (kind === 'text') return { kind: 'text', text: unquoted(text) };
  if (kind === 'number') return { kind: 'number', value: Number(reader.next().text) };
  if (kind === 'word' && /^(true|false)$/i.test(text)) return { kind: 'text', text: reader.next().text };
  const name = text.slice(1).toLowerCase();
  if (kind !== 'macro' || (name !== 'project' && name !== 'today' && name !== 'me')) throw reader.fail('a value');
  reader.next();
  return { kind: 'macro', name, offset: readOffset(reader) };
}

function readList(reader: Reader): Literal[] {
  reader.expect('(');
  const values = [readLiteral(reader)];
  while (reader.accept(',')) values.push(readLiteral(reader));
  reader.expect(')');
  return values;
}

function readComparison(reader: Reader): Condition {
  const field = readField(reader);
  const compare = (operator: Operator, values: Literal[]): Condition => ({ kind: 'compare', field, operator, values });
  const negated = (condition: Condition, isNegated: boolean): Condition =>
    isNegated ? { kind: 'not', part: condition } : condition;
  if (reader.peek().kind === 'symbol' && comparisons.has(reader.peek().text))
    return compare(reader.next().text as Operator, [readLiteral(reader)]);
  if (reader.accept('is')) {
    const isNegated = reader.accept('not');
    reader.expect('empty');
    return negated(compare('empty', []), isNegated);
  }
  const isNegated = reader.accept('not');
  if (reader.accept('in')) return negated(compare('in', readList(reader)), isNegated);
  if (reader.accept('under')) return negated(compare('under', [readLiteral(reader)]), isNegated);
  if (!reader.accept('contains')) throw reader.fail('an operator');
  reader.accept('words');
  return negated(compare('contains', [readLiteral(reader)]), isNegated);
}

function readPrimary(reader: Reader): Condition {
  if (reader.accept('not')) return { kind: 'not', part: readPrimary(reader) };
  if (!reader.accept('(')) return readComparison(reader);
  const inner = readOr(reader);
  reader.expect(')');
  return inner;
}

function readAnd(reader: Reader): Condition {
  const parts = [readPrimary(reader)];
  while (reader.accept('and')) parts.push(readPrimary(reader));
  return parts.length === 1 && parts[0] ? parts[0] : { kind: 'and', parts };
}

function readOr(reader: Reader): Condition {
  const parts = [readAnd(reader)];
  while (reader.accept('or')) parts.push(readAnd(reader));
  return parts.length === 1 && parts[0] ? parts[0] : { kind: 'or', parts };
}

function readFields(reader: Reader): Field[] {
  const list = [readField(reader)];
  while (reader.accept(',')) list.push(readField(reader));
  return list;
}

function readOrder(reader: Reader): Query['orderBy'] {
  const list = [];
  do {
    const field = readField(reader);
    const descending = reader.accept('desc');
    if (!descending) reader.accept('asc');
    list.push({ field, descending });
  } while (reader.accept(','));
  return list;
}

/** Parses a query; throws Azure DevOps' 400, which names the position of the error. */
export function parseWiql(source: string): Query {
  const reader = createReader(source);
  reader.expect('select');
  const columns = readFields(reader);
  reader.expect('from');
  if (!reader.accept('workitems')) throw reader.fail('a FROM WorkItems clause');
  const where = reader.accept('where') ? readOr(reader) : undefined;
  let orderBy: Query['orderBy'] = [];
  if (reader.accept('order')) {
    reader.expect('by');
    orderBy = readOrder(reader);
  }
  if (reader.peek().kind !== 'end') throw reader.fail('its end');
  return { columns, where, orderBy };
}
