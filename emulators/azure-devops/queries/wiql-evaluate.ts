/** Finds and sorts the work items that match a parsed WIQL query. */
import { errors } from '../api/errors.ts';
import { tagsOf } from '../items/field-values.ts';
import { current } from '../items/item-store.ts';
import { allFields } from '../items/views.ts';
import type { FieldValue, Person, WorkItem } from '../model.ts';
import { type Field, treeOf } from '../process/fields.ts';
import type { Tenant } from '../tenant.ts';
import type { Condition, Literal, Query } from './wiql-parse.ts';

interface QueryScope {
  tenant: Tenant;
  person: Person;
  /** The value of @project; undefined if the url contains no project. */
  projectName: string | undefined;
  nowMs: number;
  /** Whether dates are compared with their time; otherwise by day, and literals with a time are refused. */
  timePrecision: boolean;
}

type Value = string | number;
const dayMs = 86_400_000;

function macroText({ name, offset }: Literal & { kind: 'macro' }, scope: QueryScope): string {
  if (name === 'me') return scope.person.mail;
  if (name === 'today') return new Date((Math.floor(scope.nowMs / dayMs) + offset) * dayMs).toISOString();
  if (scope.projectName === undefined)
    throw errors.badQuery('TF51011: The macro @project needs a project in the address.');
  return scope.projectName;
}

const dayOf = (ms: number) => Math.floor(ms / dayMs) * dayMs;

function dateLiteral(text: string, isMacro: boolean, { timePrecision }: QueryScope): Value {
  const ms = Date.parse(/^\d{4}-\d{2}-\d{2}T[\d:.]+$/.test(text) ? `${text}Z` : text);
  if (Number.isNaN(ms)) throw errors.badQuery(`TF51007: The date is not valid. The error is caused by «${text}».`);
  if (!timePrecision && !isMacro && /\d:\d/.test(text))
    throw errors.badQuery(
      `You cannot supply a time with the date when running a query using date precision. The error is caused by «${text}».`,
    );
  return ms;
}

/** A path must exist somewhere in the organization, also for a query that excludes it. */
function treeLiteral(text: string, field: Field, { tenant }: QueryScope): Value {
  const tree = treeOf(field);
  const node = tenant.nodes.at(tree, text);
  if (node) return node.path.toLowerCase();
  const message = `TF51011: The specified ${tree} path does not exist. The error is caused by «'${text}'».`;
  throw errors.badQuery(message, 'ValidationException');
}

/** Converts a literal to the value for the comparison; an empty text means an empty field. */
function literalValue(literal: Literal, field: Field, scope: QueryScope): Value | undefined {
  const text =
    literal.kind === 'text'
      ? literal.text
      : literal.kind === 'number'
        ? String(literal.value)
        : macroText(literal, scope);
  if (field.type === 'treePath') return treeLiteral(text, field, scope);
  if (text === '') return undefined;
  if (field.type === 'dateTime') return dateLiteral(text, literal.kind === 'macro', scope);
  if (field.type === 'integer' || field.type === 'double') {
    if (Number.isNaN(Number(text)))
      throw errors.badQuery(`TF51012: The value is not a number. The error is caused by «${text}».`);
    return Number(text);
  }
  return text.toLowerCase();
}

/** The values of an item's field for comparisons; a person matches by name, by mail, and by both together. */
function fieldValues(value: FieldValue | undefined, field: Field, scope: QueryScope): (Value | undefined)[] {
  if (value === undefined) return [undefined];
  if (typeof value === 'object')
    return [value.mail, value.name, `${value.name} <${value.mail}>`].map((text) => text.toLowerCase());
  if (typeof value === 'number') return [value];
  if (field.type !== 'dateTime') return [String(value).toLowerCase()];
  const ms = Date.parse(String(value));
  return [scope.timePrecision ? ms : dayOf(ms)];
}

function contains(value: FieldValue | undefined, field: Field, wanted: Value | undefined): boolean {
  if (wanted === undefined || value === undefined) return false;
  if (field.referenceName === 'System.Tags') return tagsOf(value).some((tag) => tag.toLowerCase() === wanted);
  return String(value).toLowerCase().includes(String(wanted));
}

type Test = (item: WorkItem) => boolean;

function comparison({ field, operator, values }: Condition & { kind: 'compare' }, scope: QueryScope): Test {
  if (field.type === 'treePath' && operator === 'contains')
    throw errors.badQuery(
      `The specified operator cannot be used with ${treeOf(field)} path fields. The error is caused by «[${field.referenceName}] CONTAINS».`,
      'ValidationException',
    );
  const wanted = values.map((literal) => literalValue(literal, field, scope));
  const [first] = wanted;
  const ordered = (holds: (a: Value, b: Value) => boolean) => (found: (Value | undefined)[]) =>
    found.some((value) => value !== undefined && first !== undefined && holds(value, first));
  const tests: Record<string, (found: (Value | undefined)[]) => boolean> = {
    '=': (found) => found.includes(first),
    '<>': (found) => !found.includes(first),
    '>': ordered((a, b) => a > b),
    '>=': ordered((a, b) => a >= b),
    '<': ordered((a, b) => a < b),
    '<=': ordered((a, b) => a <= b),
    in: (found) => wanted.some((value) => found.includes(value)),
    under: (found) => found.some((value) => value === first || String(value).startsWith(`${first}\\`)),
    empty: (found) => found.includes(undefined),
  };
  return (item) => {
    const value = allFields(scope.tenant, item, current(item))[field.referenceName];
    if (operator === 'contains') return contains(value, field, first);
    return tests[operator]?.(fieldValues(value, field, scope)) ?? false;
  };
}

function testOf(condition: Condition, scope: QueryScope): Test {
  if (condition.kind === 'compare') return comparison(condition, scope);
  if (condition.kind === 'not') {
    const inner = testOf(condition.part, scope);
    return (item) => !inner(item);
  }
  const parts = condition.parts.map((part) => testOf(part, scope));
  return condition.kind === 'and'
    ? (item) => parts.every((test) => test(item))
    : (item) => parts.some((test) => test(item));
}

function compareBy(field: Field, scope: QueryScope): (a: WorkItem, b: WorkItem) => number {
  const exact = { ...scope, timePrecision: true };
  const sortValue = (item: WorkItem) =>
    fieldValues(allFields(scope.tenant, item, current(item))[field.referenceName], field, exact)[0] ?? '';
  return (a, b) => {
    const [left, right] = [sortValue(a), sortValue(b)];
    return left === right ? 0 : left < right ? -1 : 1;
  };
}

/** The matching work items of the whole organization, sorted. */
export function evaluateWiql({ where, orderBy }: Query, scope: QueryScope): WorkItem[] {
  const test = where ? testOf(where, scope) : () => true;
  const orders = orderBy.map(({ field, descending }) => ({
    compare: compareBy(field, scope),
    sign: descending ? -1 : 1,
  }));
  return scope.tenant
    .items()
    .filter(test)
    .sort((a, b) => {
      for (const { compare, sign } of orders) {
        const order = compare(a, b);
        if (order !== 0) return order * sign;
      }
      return a.id - b.id;
    });
}
