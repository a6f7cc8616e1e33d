/** The product's sources as the house rules see them: imports, exports, functions and a few telling words, by the compiler's own parser. */
import { dirname, join, relative } from 'node:path';
import {
  isArrowFunction,
  isBlock,
  isCallExpression,
  isCatchClause,
  isConstructorDeclaration,
  isExportDeclaration,
  isExpressionWithTypeArguments,
  isFunctionDeclaration,
  isFunctionExpression,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isInterfaceDeclaration,
  isIntersectionTypeNode,
  isLiteralTypeNode,
  isMethodDeclaration,
  isNamedImports,
  isObjectBindingPattern,
  isPropertyAccessExpression,
  isStringLiteral,
  isTypeAliasDeclaration,
  isTypeLiteralNode,
  isTypeReferenceNode,
  isUnionTypeNode,
  isVariableStatement,
  type Node,
  NodeFlags,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

interface Import {
  /** A path below the root, or a package's name. */
  from: string;
  /** Undefined where the whole module is taken. */
  names: string[] | undefined;
}

interface Place {
  name: string;
  /** Counted from 1. */
  line: number;
  /** How many lines it spans. */
  lines: number;
}

/** Names that something is given at once. */
interface Given {
  name: string;
  /** Counted from 1. */
  line: number;
  count: number;
}

/** A type by its parts: its own members, and the types that it takes over, of which `only` or all but `less` of the names. */
interface Shape {
  name: string;
  line: number;
  own: number;
  parts: { of: string; only?: number; less?: number }[];
}

export interface Source {
  /** Below the root, with forward slashes. */
  path: string;
  text: string;
  lines: number;
  imports: Import[];
  exports: string[];
  functions: Place[];
  /** Parameters of each function, and names that it takes out of one of them. */
  taken: Given[];
  /** Interfaces, and types put together of others. */
  shapes: Shape[];
  /** Types that what is exported names, and so belong to what the file offers. */
  surface: string[];
  /** Calls and property reads as dotted words, `Permit.mint`, each with the functions around it, outermost first. */
  words: { word: string; inside: readonly string[] }[];
  catches: boolean;
  /** What stands in a module for good and can change. */
  moduleState: string[];
}

type Found = Omit<Source, 'path' | 'text' | 'lines'>;

const textOf = (node: Node | undefined): string => (node && isStringLiteral(node) ? node.text : '');

function dotted(node: Node): string {
  if (isIdentifier(node)) return node.text;
  if (isPropertyAccessExpression(node)) return `${dotted(node.expression)}.${node.name.text}`;
  return '';
}

function isFunction(node: Node): boolean {
  if (isArrowFunction(node)) return isBlock(node.body);
  return (
    isFunctionDeclaration(node) ||
    isFunctionExpression(node) ||
    isMethodDeclaration(node) ||
    isConstructorDeclaration(node)
  );
}

/** A function's own name, or that of what it is given to. */
function nameOf(node: Node): string {
  const named = node as Node & { name?: Node };
  if (named.name && isIdentifier(named.name)) return named.name.text;
  const parent = node.parent as (Node & { name?: Node }) | undefined;
  return parent?.name && isIdentifier(parent.name) ? parent.name.text : '';
}

function importOf(node: Node): Import | undefined {
  if (isImportDeclaration(node)) {
    const clause = node.importClause;
    const bindings = clause?.namedBindings;
    const named = bindings && isNamedImports(bindings) ? bindings.elements : [];
    const names = named.map((one) => (one.propertyName ?? one.name).text);
    if (clause?.name) names.push('default');
    return { from: textOf(node.moduleSpecifier), names: bindings && !isNamedImports(bindings) ? undefined : names };
  }
  if (isImportTypeNode(node) && isLiteralTypeNode(node.argument)) {
    return { from: textOf(node.argument.literal), names: undefined };
  }
  if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
    return { from: textOf(node.arguments[0]), names: undefined };
  }
  return isExportDeclaration(node) && node.moduleSpecifier
    ? { from: textOf(node.moduleSpecifier), names: undefined }
    : undefined;
}

function isExported(node: Node): boolean {
  const { modifiers } = node as Node & { modifiers?: readonly Node[] };
  return modifiers?.some((modifier) => modifier.kind === SyntaxKind.ExportKeyword) ?? false;
}

function declaredNames(statement: Node): string[] {
  if (isVariableStatement(statement)) return statement.declarationList.declarations.map(nameOf);
  return [nameOf(statement)];
}

function moduleStateOf(statement: Node): string[] {
  if (!isVariableStatement(statement)) return [];
  return statement.declarationList.flags & NodeFlags.Const ? [] : declaredNames(statement);
}

/** Names of types outside function bodies, the statement's own left out. */
function typesNamed(statement: Node): string[] {
  const own = declaredNames(statement);
  const names: string[] = [];
  const look = (node: Node): void => {
    if (isBlock(node)) return;
    if (isTypeReferenceNode(node) || isExpressionWithTypeArguments(node))
      names.push(node.getText().split('<', 1)[0] ?? '');
    node.forEachChild(look);
  };
  look(statement);
  return names.filter((name) => !own.includes(name));
}

/** How many parameters a function has, and how many names it takes out of each that it takes apart. */
function takenBy(node: Node): number[] {
  const { parameters = [] } = node as Node & { parameters?: readonly (Node & { name?: Node })[] };
  const apart = parameters.flatMap(({ name }) => (name && isObjectBindingPattern(name) ? [name.elements.length] : []));
  return [parameters.length, ...apart];
}

/** `Pick<X, 'a' | 'b'>` is two names, `Omit<X, 'a'>` one less than X. */
function partOf(node: Node): Shape['parts'] {
  if (isIntersectionTypeNode(node)) return node.types.flatMap(partOf);
  if (!isTypeReferenceNode(node) && !isExpressionWithTypeArguments(node)) return [];
  const name = node.getText().split('<', 1)[0] ?? '';
  const [of, keys] = node.typeArguments ?? [];
  const named = keys ? (isUnionTypeNode(keys) ? keys.types.length : 1) : 0;
  if (name === 'Pick' && of) return partOf(of).map(({ of: inner }) => ({ of: inner, only: named }));
  if (name === 'Omit' && of) return partOf(of).map(({ of: inner }) => ({ of: inner, less: named }));
  return [{ of: name }];
}

function shapeOf(node: Node, lineOf: (position: number) => number): Shape | undefined {
  if (isInterfaceDeclaration(node)) {
    const parts = (node.heritageClauses ?? []).flatMap(({ types }) => types.flatMap(partOf));
    return { name: node.name.text, line: lineOf(node.getStart()), own: node.members.length, parts };
  }
  if (!isTypeAliasDeclaration(node)) return undefined;
  const literals = (isIntersectionTypeNode(node.type) ? [...node.type.types] : [node.type]).filter(isTypeLiteralNode);
  const own = literals.reduce((sum, { members }) => sum + members.length, 0);
  return { name: node.name.text, line: lineOf(node.getStart()), own, parts: partOf(node.type) };
}

function find(file: SourceFile): Found {
  const found: Found = {
    imports: [],
    exports: [],
    surface: [],
    functions: [],
    taken: [],
    shapes: [],
    words: [],
    moduleState: [],
    catches: false,
  };
  const lineOf = (position: number) => file.text.slice(0, position).split('\n').length;
  function look(node: Node, inside: readonly string[]): void {
    const taken = importOf(node);
    if (taken) found.imports.push(taken);
    if (isCatchClause(node)) found.catches = true;
    if (isPropertyAccessExpression(node)) {
      const word = dotted(node);
      found.words.push({ word, inside });
      if (node.name.text === 'catch') found.catches = true;
    } else if (isCallExpression(node) && isIdentifier(node.expression)) {
      found.words.push({ word: node.expression.text, inside });
    }
    const shape = shapeOf(node, lineOf);
    if (shape) found.shapes.push(shape);
    if (isArrowFunction(node) || isFunction(node)) {
      const name = [...inside, nameOf(node)].filter(Boolean).join('.');
      const line = lineOf(node.getStart(file));
      found.taken.push(...takenBy(node).map((count) => ({ name, line, count })));
    }
    const within = isArrowFunction(node) || isFunction(node) ? [...inside, nameOf(node)] : inside;
    if (isFunction(node)) {
      const line = lineOf(node.getStart(file));
      found.functions.push({ name: within.filter(Boolean).join('.'), line, lines: lineOf(node.end) - line + 1 });
    }
    node.forEachChild((child) => look(child, within));
  }
  for (const statement of file.statements) {
    look(statement, []);
    if (isExported(statement)) {
      found.exports.push(...declaredNames(statement));
      found.surface.push(...typesNamed(statement));
    }
    found.moduleState.push(...moduleStateOf(statement));
  }
  return found;
}

/** Every TypeScript file of the project in `root`, in order of its path. */
export function readSources(root: string): Source[] {
  const api = new API();
  try {
    const snapshot = api.updateSnapshot({ openProject: join(root, 'tsconfig.json') });
    const program = snapshot.getProjects()[0]?.program;
    const paths = program?.getSourceFileNames().filter((path) => !relative(root, path).startsWith('..')) ?? [];
    const own = paths.filter((path) => !relative(root, path).startsWith('node_modules')).sort();
    return own.flatMap((absolute) => {
      const file = program?.getSourceFile(absolute);
      if (!file) return [];
      const path = relative(root, absolute);
      const found = find(file);
      const imports = found.imports.map(({ from, names }) => ({
        from: from.startsWith('.') ? join(dirname(path), from) : from,
        names,
      }));
      return [{ path, text: file.text, lines: file.text.trimEnd().split('\n').length, ...found, imports }];
    });
  } finally {
    api.close();
  }
}
