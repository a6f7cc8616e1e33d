/** Areas and iterations over HTTP: read the trees, add a node, remove one. */
import { type Call, countOf, type Endpoint, enumValue, listOf, objectBody, projectIn, valueList } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import { updateItem } from '../items/change.ts';
import { current } from '../items/item-store.ts';
import { readPatch } from '../items/patch.ts';
import { isUnder, parentPath, type TreeKind, type TreeNode } from './nodes.ts';

const depthMax = 14;
const groups = { areas: 0, iterations: 1 };
const kindOf = { areas: 'area', iterations: 'iteration' } as const;
const fieldOf = { area: 'System.AreaPath', iteration: 'System.IterationPath' } as const;
/** How a node's path begins after its project: `\Acme\Area\Web`. */
const rootOf = { area: 'Area', iteration: 'Iteration' } as const;
const resourceOf = { area: 'Areas', iteration: 'Iterations' } as const;

function nodeUrl({ base, project }: Call, { kind, path }: TreeNode): string {
  const below = path.split('\\').slice(1).map(encodeURIComponent);
  return [`${base}/${project?.id}/_apis/wit/classificationNodes/${resourceOf[kind]}`, ...below].join('/');
}

function nodeView(call: Call, node: TreeNode, depth: number): Record<string, unknown> {
  const children = call.tenant.nodes.childrenOf(node);
  const [project = '', ...below] = node.path.split('\\');
  return {
    id: node.id,
    identifier: node.identifier,
    name: node.name,
    structureType: node.kind,
    hasChildren: children.length > 0,
    ...(depth > 0 && children.length > 0 && { children: children.map((child) => nodeView(call, child, depth - 1)) }),
    ...(node.attributes && { attributes: node.attributes }),
    path: ['', project, rootOf[node.kind], ...below].join('\\'),
    url: nodeUrl(call, node),
  };
}

function withLinks(call: Call, node: TreeNode, depth: number) {
  const parent = call.tenant.nodes.at(node.kind, parentPath(node.path));
  const links = {
    self: { href: nodeUrl(call, node) },
    ...(parent && { parent: { href: nodeUrl(call, parent) } }),
  };
  const { url, ...view } = nodeView(call, node, depth);
  return { ...view, _links: links, url };
}

/** The node of a url, which leaves out the project: `Areas/Web`. Throws VS402485. */
function nodeAt(call: Call, { place = '' }: Record<string, string>): TreeNode {
  const [group, ...below] = place.split(/[\\/]/).filter(Boolean);
  const kind: TreeKind = kindOf[enumValue(group, groups, 'areas', 'structureGroup')];
  const node = call.tenant.nodes.at(kind, [projectIn(call).name, ...below].join('\\'));
  if (!node) throw errors.missingNode(below.join('/'));
  return node;
}

function list(call: Call) {
  const depth = countOf(call.query('depth'), 0, depthMax);
  const ids = listOf(call.query('ids'));
  const omit = enumValue(call.query('errorPolicy'), { fail: 1, omit: 2 }, 'fail', 'errorPolicy') === 'omit';
  const { name } = projectIn(call);
  const nodes = ids
    ? ids.map((id) => call.tenant.nodes.byId(Number(id)))
    : (['area', 'iteration'] as const).map((kind) => call.tenant.nodes.at(kind, name));
  const missing = nodes.indexOf(undefined);
  if (missing >= 0 && !omit) throw errors.missingNode(ids?.[missing] ?? name);
  return valueList(nodes.map((node) => (node ? nodeView(call, node, depth) : null)));
}

function create(call: Call, parameters: Record<string, string>) {
  const { name, attributes } = objectBody(call);
  const facts = typeof attributes === 'object' && attributes !== null ? { ...attributes } : undefined;
  const node = call.tenant.nodes.add(nodeAt(call, parameters), String(name ?? ''), facts);
  return withLinks(call, node, 0);
}

/** Work items of the removed nodes get a revision with the other node, which is the parent if the caller names none. */
function remove(call: Call, parameters: Record<string, string>): Response {
  const node = nodeAt(call, parameters);
  const wanted = call.query('reclassifyId');
  const { nodes } = call.tenant;
  const target = wanted === undefined ? nodes.at(node.kind, parentPath(node.path)) : nodes.byId(Number(wanted));
  if (!target || target.kind !== node.kind || isUnder(target.path, node.path)) throw errors.missingNode(wanted ?? '');
  const field = fieldOf[node.kind];
  const patch = readPatch([{ op: 'add', path: `/fields/${field}`, value: target.path }]);
  for (const item of call.tenant.items())
    if (isUnder(String(current(item).fields[field]), node.path))
      updateItem(call.tenant, item.id, patch, { by: call.person });
  nodes.remove(node);
  return new Response(null, { status: 204 });
}

const location = 'wit/classificationNodes';
const root = '/_apis/wit/classificationnodes';
const path = `${root}/:place{.+}`;

export const nodeEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: root, location, answer: list },
  {
    method: 'GET',
    path,
    location,
    answer: (call, parameters) => withLinks(call, nodeAt(call, parameters), countOf(call.query('depth'), 0, depthMax)),
  },
  { method: 'POST', path, location, status: 201, answer: create },
  { method: 'DELETE', path, location, answer: remove },
];
