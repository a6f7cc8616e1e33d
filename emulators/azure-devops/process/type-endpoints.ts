/** Projects, work item types, states, transitions and fields over HTTP. */
import { type Call, type Endpoint, enumValue, listOf, projectIn, valueList } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import { current } from '../items/item-store.ts';
import type { Project, WorkItemType } from '../model.ts';
import { type Field, fieldNamed, fields, fieldsOf } from './fields.ts';
import { transitionsOf, typeNamed } from './rules.ts';

function projectView(call: Call, { id, name }: Project) {
  return {
    id,
    name,
    url: `${call.base}/_apis/projects/${id}`,
    state: 'wellFormed',
    revision: 1,
    visibility: 'private',
    lastUpdateTime: '2026-01-01T00:00:00Z',
  };
}

/** Finds a project by name or id; case is ignored. TF200016 if there is none. */
export function findProject(call: Pick<Call, 'tenant'>, name: string): Project {
  const wanted = name.toLowerCase();
  const found = call.tenant.projects.find((project) => project.name.toLowerCase() === wanted || project.id === wanted);
  if (!found) throw errors.missingProject(name);
  return found;
}

/** A field as one type has it; its values only if they are asked for. */
function instanceView(call: Call, field: Field, withValues: boolean) {
  const { referenceName, name, initial, values = [] } = field;
  return {
    ...(initial === undefined ? {} : { defaultValue: String(initial) }),
    ...(withValues && { allowedValues: values.map(String), dependentFields: [] }),
    alwaysRequired: alwaysRequired.includes(referenceName),
    referenceName,
    name,
    url: `${call.base}/_apis/wit/fields/${referenceName}`,
  };
}

const fieldExpands = { none: 0, allowedValues: 1, dependentFields: 2, all: 3 };

function instancesView(call: Call, type: WorkItemType, name?: string) {
  projectIn(call);
  const expand = enumValue(call.query('expand'), fieldExpands, 'none', '$expand');
  const wanted = name === undefined ? undefined : fieldNamed(name).referenceName;
  const found = fieldsOf(type.name).filter(({ referenceName }) => !wanted || referenceName === wanted);
  if (wanted && found.length === 0) throw errors.missingField(wanted);
  return found.map((field) => instanceView(call, field, expand === 'allowedValues' || expand === 'all'));
}

function typeView(call: Call, type: WorkItemType) {
  const { name, referenceName, color, states } = type;
  const url = `${call.base}/${projectIn(call).id}/_apis/wit/workItemTypes/${encodeURIComponent(name)}`;
  const instances = fieldsOf(name).map((field) => instanceView(call, field, false));
  return {
    name,
    referenceName,
    description: '',
    color,
    icon: { id: 'icon_clipboard', url: `${call.base}/_apis/wit/workItemIcons/icon_clipboard?color=${color}&v=2` },
    isDisabled: false,
    fields: instances,
    fieldInstances: instances,
    transitions: transitionsOf(type),
    states,
    _links: { self: { href: url } },
    url,
  };
}

function fieldView(call: Call, { name, referenceName, type, write }: Field) {
  const isIdentity = type === 'identity';
  return {
    name,
    referenceName,
    type: isIdentity ? 'string' : type,
    usage: 'workItem',
    readOnly: write !== undefined,
    isIdentity,
    isQueryable: true,
    url: `${call.base}/_apis/wit/fields/${referenceName}`,
  };
}

/** The next state; this API knows no other transitions. */
function nextState(call: Call, id: number) {
  const { fields: values } = current(call.tenant.item(id));
  const { states } = typeNamed(call.tenant, String(values['System.WorkItemType']));
  const at = states.findIndex(({ name }) => name === values['System.State']);
  return { id, stateOnTransition: states[at + 1]?.name ?? values['System.State'] };
}

/** The levels of the backlog, as real processes name them. */
const categories = {
  'Microsoft.BugCategory': ['Bug'],
  'Microsoft.TaskCategory': ['Task'],
  'Microsoft.RequirementCategory': ['User Story', 'Product Backlog Item'],
  'Microsoft.FeatureCategory': ['Feature'],
  'Microsoft.EpicCategory': ['Epic'],
};

function categoriesView(call: Call) {
  const base = `${call.base}/${projectIn(call).id}/_apis/wit`;
  return Object.entries(categories).flatMap(([referenceName, names]) => {
    const known = call.tenant.types.filter(({ name }) => names.includes(name));
    const types = known.map(({ name }) => ({ name, url: `${base}/workItemTypes/${encodeURIComponent(name)}` }));
    const name = referenceName.replace(/^.*\.(.*)Category$/, '$1 Category');
    const url = `${base}/workItemTypeCategories/${referenceName}`;
    return types[0] ? [{ name, referenceName, defaultWorkItemType: types[0], workItemTypes: types, url }] : [];
  });
}

const types = '/_apis/wit/workitemtypes';
const alwaysRequired = ['System.Title', 'System.State', 'System.AreaId', 'System.IterationId'];

export const typeEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/_apis/projects',
    location: 'core/projects',
    answer: (call) => valueList(call.tenant.projects.map((project) => projectView(call, project))),
  },
  {
    method: 'GET',
    path: '/_apis/projects/:name',
    location: 'core/projects',
    answer: (call, { name = '' }) => projectView(call, findProject(call, name)),
  },
  {
    method: 'GET',
    path: types,
    location: 'wit/workItemTypes',
    answer: (call) => valueList(call.tenant.types.map((type) => typeView(call, type))),
  },
  {
    method: 'GET',
    path: `${types}/:type`,
    location: 'wit/workItemTypes',
    answer: (call, { type = '' }) => typeView(call, typeNamed(call.tenant, type)),
  },
  {
    method: 'GET',
    path: `${types}/:type/states`,
    location: 'wit/workItemTypeStates',
    answer(call, { type = '' }) {
      projectIn(call);
      return valueList([...typeNamed(call.tenant, type).states]);
    },
  },
  {
    method: 'GET',
    path: `${types}/:type/fields`,
    location: 'wit/workItemTypesField',
    answer: (call, { type = '' }) => valueList(instancesView(call, typeNamed(call.tenant, type))),
  },
  {
    method: 'GET',
    path: `${types}/:type/fields/:field`,
    location: 'wit/workItemTypesField',
    answer: (call, { type = '', field }) => instancesView(call, typeNamed(call.tenant, type), field)[0],
  },
  {
    method: 'GET',
    path: '/_apis/wit/workitemtypecategories',
    location: 'wit/workItemTypeCategories',
    answer: (call) => valueList(categoriesView(call)),
  },
  {
    method: 'GET',
    path: '/_apis/wit/workitemtransitions',
    location: 'wit/workItemTransitions',
    answer: (call) => valueList((listOf(call.query('ids')) ?? []).map((id) => nextState(call, Number(id)))),
  },
  {
    method: 'GET',
    path: '/_apis/wit/fields',
    location: 'wit/fields',
    answer: (call) => valueList(fields.map((field) => fieldView(call, field))),
  },
  {
    method: 'GET',
    path: '/_apis/wit/fields/:name',
    location: 'wit/fields',
    answer: (call, { name = '' }) => fieldView(call, fieldNamed(name)),
  },
];
