/** The areas and iterations of an organization's projects, as one tree each. */
import { errors } from '../api/errors.ts';
import { guidOf } from '../guid.ts';
import type { Project } from '../model.ts';

export type TreeKind = 'area' | 'iteration';

export interface TreeNode {
  /** Unique among all nodes of the organization. */
  id: number;
  /** GUID, the same on every start. */
  identifier: string;
  kind: TreeKind;
  name: string;
  /** As fields show it: `Acme\Web`. */
  path: string;
  /** Start and end of an iteration. */
  attributes?: Readonly<Record<string, unknown>>;
  /** A removed node keeps its id for the history of work items. */
  isRemoved?: boolean;
}

export interface Nodes {
  /** Finds a node by its path, in any case. */
  at(kind: TreeKind, path: string): TreeNode | undefined;
  byId(id: number): TreeNode | undefined;
  /** The id of the node that has or had this path; 0 if there never was one. */
  idOf(kind: TreeKind, path: string): number;
  childrenOf(node: TreeNode): TreeNode[];
  /** The node with this path and all below it, sorted by path. */
  under(kind: TreeKind, path: string): TreeNode[];
  /** Throws VS402371 if the parent has a child with that name. */
  add(parent: TreeNode, name: string, attributes?: TreeNode['attributes']): TreeNode;
  /** Removes a node with everything below it. */
  remove(node: TreeNode): void;
}

interface NodesOptions {
  organization: string;
  projects: readonly Project[];
  /** Paths below projects, such as `Acme\Web`; missing parents are added. */
  areas: readonly string[];
  iterations: readonly string[];
}

const nameCharsMax = 255;
const wrongInNames = /[\\/$?*:"&<>#%|+]/;

/** The path without the leading backslash that some callers write. */
const trimmed = (path: string) => path.replace(/^\\/, '').toLowerCase();

/** The path of the parent; empty for a root. */
export const parentPath = (path: string): string => path.split('\\').slice(0, -1).join('\\');

export function createNodes({ organization, projects, areas, iterations }: NodesOptions): Nodes {
  const all: TreeNode[] = [];

  function push(kind: TreeKind, path: string, attributes?: TreeNode['attributes']): TreeNode {
    const name = path.split('\\').at(-1) ?? '';
    const identifier = guidOf(`${organization}/${kind}/${path}`);
    const node = { id: all.length + 1, identifier, kind, name, path, ...(attributes && { attributes }) };
    all.push(node);
    return node;
  }

  function at(kind: TreeKind, path: string): TreeNode | undefined {
    return all.find((node) => node.kind === kind && !node.isRemoved && node.path.toLowerCase() === trimmed(path));
  }

  function ensure(kind: TreeKind, path: string): void {
    if (at(kind, path)) return;
    const parent = parentPath(path);
    if (parent) ensure(kind, parent);
    push(kind, path);
  }

  for (const { name } of projects) for (const kind of ['area', 'iteration'] as const) push(kind, name);
  for (const path of areas) ensure('area', path);
  for (const path of iterations) ensure('iteration', path);

  const childrenOf = ({ kind, path }: TreeNode) =>
    all.filter((node) => node.kind === kind && !node.isRemoved && parentPath(node.path) === path);

  return {
    at,
    byId: (id) => all.find((node) => node.id === id && !node.isRemoved),
    idOf: (kind, path) => all.findLast((node) => node.kind === kind && node.path === path)?.id ?? 0,
    childrenOf,
    under: (kind, path) =>
      all
        .filter((node) => node.kind === kind && !node.isRemoved && isUnder(node.path, path))
        .sort((a, b) => (a.path < b.path ? -1 : 1)),
    add(parent, name, attributes) {
      if (!name || name.length > nameCharsMax || wrongInNames.test(name)) throw errors.badNodeName(name);
      if (at(parent.kind, `${parent.path}\\${name}`)) throw errors.nodeExists(name, parent.identifier);
      return push(parent.kind, `${parent.path}\\${name}`, attributes);
    },
    remove(node) {
      for (const each of all)
        if (each.kind === node.kind && isUnder(each.path, node.path)) Object.assign(each, { isRemoved: true });
    },
  };
}

/** Whether a path is the other one or below it. */
export function isUnder(path: string, top: string): boolean {
  return path === top || path.startsWith(`${top}\\`);
}
