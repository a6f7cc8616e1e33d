/** The fields of work items: which types have them, their values, and what may be written to each. */
import { errors } from '../api/errors.ts';

export interface Field {
  referenceName: string;
  /** The display name, which WIQL also accepts. */
  name: string;
  type:
    | 'string'
    | 'integer'
    | 'double'
    | 'boolean'
    | 'dateTime'
    | 'identity'
    | 'html'
    | 'treePath'
    | 'plainText'
    | 'history';
  /** `bypass`: writable only with bypassRules; `never`: set only by the server. */
  write?: 'bypass' | 'never';
  /** The types that have it; all, if it is absent. */
  types?: readonly string[];
  /** Its only values. */
  values?: readonly (string | number)[];
  /** Its value in a new work item of such a type. */
  initial?: string | number;
}

const common = 'Microsoft.VSTS.Common';
const scheduling = 'Microsoft.VSTS.Scheduling';

const stories = ['User Story', 'Product Backlog Item'];
const portfolio = ['Feature', 'Epic'];
const bugsAndTasks = ['Bug', 'Task'];
const activities = ['Deployment', 'Design', 'Development', 'Documentation', 'Requirements', 'Testing'];

/** The parts of a path have fields of their own, up to the seventh. */
const levels = [1, 2, 3, 4, 5, 6, 7] as const;

function levelField(tree: string, level: number): Field {
  return {
    referenceName: `System.${tree}Level${level}`,
    name: `${tree} Level ${level}`,
    type: 'string',
    write: 'never',
  };
}

const table: Field[] = [
  { referenceName: 'System.Id', name: 'ID', type: 'integer', write: 'never' },
  { referenceName: 'System.Rev', name: 'Rev', type: 'integer', write: 'never' },
  { referenceName: 'System.Watermark', name: 'Watermark', type: 'integer', write: 'never' },
  { referenceName: 'System.AuthorizedAs', name: 'Authorized As', type: 'identity', write: 'never' },
  { referenceName: 'System.AuthorizedDate', name: 'Authorized Date', type: 'dateTime', write: 'never' },
  { referenceName: 'System.PersonId', name: 'PersonID', type: 'integer', write: 'never' },
  { referenceName: 'System.RevisedDate', name: 'Revised Date', type: 'dateTime', write: 'never' },
  { referenceName: 'System.AreaId', name: 'Area ID', type: 'integer', write: 'never' },
  { referenceName: 'System.IterationId', name: 'Iteration ID', type: 'integer', write: 'never' },
  { referenceName: 'System.NodeName', name: 'Node Name', type: 'string', write: 'never' },
  ...['Area', 'Iteration'].flatMap((tree) => levels.map((n) => levelField(tree, n))),
  { referenceName: 'System.CommentCount', name: 'Comment Count', type: 'integer', write: 'never' },
  { referenceName: 'System.BoardColumn', name: 'Board Column', type: 'string', write: 'never' },
  { referenceName: 'System.BoardColumnDone', name: 'Board Column Done', type: 'boolean', write: 'never' },
  { referenceName: 'System.Parent', name: 'Parent', type: 'integer', write: 'never' },
  { referenceName: 'System.CreatedBy', name: 'Created By', type: 'identity', write: 'bypass' },
  { referenceName: 'System.CreatedDate', name: 'Created Date', type: 'dateTime', write: 'bypass' },
  { referenceName: 'System.ChangedBy', name: 'Changed By', type: 'identity', write: 'bypass' },
  { referenceName: 'System.ChangedDate', name: 'Changed Date', type: 'dateTime', write: 'bypass' },
  { referenceName: `${common}.StateChangeDate`, name: 'State Change Date', type: 'dateTime', write: 'bypass' },
  { referenceName: `${common}.ClosedDate`, name: 'Closed Date', type: 'dateTime', write: 'bypass' },
  { referenceName: `${common}.ClosedBy`, name: 'Closed By', type: 'identity', write: 'bypass' },
  { referenceName: 'System.WorkItemType', name: 'Work Item Type', type: 'string' },
  { referenceName: 'System.TeamProject', name: 'Team Project', type: 'string' },
  { referenceName: 'System.AreaPath', name: 'Area Path', type: 'treePath' },
  { referenceName: 'System.IterationPath', name: 'Iteration Path', type: 'treePath' },
  { referenceName: 'System.Title', name: 'Title', type: 'string' },
  { referenceName: 'System.State', name: 'State', type: 'string' },
  { referenceName: 'System.Reason', name: 'Reason', type: 'string' },
  { referenceName: 'System.AssignedTo', name: 'Assigned To', type: 'identity' },
  { referenceName: 'System.Tags', name: 'Tags', type: 'plainText' },
  { referenceName: 'System.Description', name: 'Description', type: 'html' },
  { referenceName: 'System.History', name: 'History', type: 'history' },
  { referenceName: `${common}.AcceptanceCriteria`, name: 'Acceptance Criteria', type: 'html', types: stories },
  { referenceName: 'Microsoft.VSTS.TCM.ReproSteps', name: 'Repro Steps', type: 'html', types: ['Bug'] },
  { referenceName: 'Microsoft.VSTS.TCM.SystemInfo', name: 'System Info', type: 'html', types: ['Bug'] },
  { referenceName: 'Microsoft.VSTS.Build.FoundIn', name: 'Found In', type: 'string', types: ['Bug'] },
  { referenceName: `${common}.Priority`, name: 'Priority', type: 'integer', values: [1, 2, 3, 4], initial: 2 },
  {
    referenceName: `${common}.Severity`,
    name: 'Severity',
    type: 'string',
    types: ['Bug'],
    values: ['1 - Critical', '2 - High', '3 - Medium', '4 - Low'],
    initial: '3 - Medium',
  },
  {
    referenceName: `${common}.ValueArea`,
    name: 'Value Area',
    type: 'string',
    types: ['Bug', ...stories, ...portfolio],
    values: ['Architectural', 'Business'],
    initial: 'Business',
  },
  {
    referenceName: `${common}.Risk`,
    name: 'Risk',
    type: 'string',
    types: [...stories, ...portfolio],
    values: ['1 - High', '2 - Medium', '3 - Low'],
  },
  {
    referenceName: `${common}.Activity`,
    name: 'Activity',
    type: 'string',
    types: bugsAndTasks,
    values: activities,
  },
  { referenceName: `${common}.StackRank`, name: 'Stack Rank', type: 'double' },
  { referenceName: `${scheduling}.Effort`, name: 'Effort', type: 'double', types: [...stories, ...portfolio] },
  { referenceName: `${scheduling}.StoryPoints`, name: 'Story Points', type: 'double', types: ['Bug', ...stories] },
  { referenceName: `${scheduling}.OriginalEstimate`, name: 'Original Estimate', type: 'double', types: bugsAndTasks },
  { referenceName: `${scheduling}.RemainingWork`, name: 'Remaining Work', type: 'double', types: bugsAndTasks },
  { referenceName: `${scheduling}.CompletedWork`, name: 'Completed Work', type: 'double', types: bugsAndTasks },
  { referenceName: `${scheduling}.TargetDate`, name: 'Target Date', type: 'dateTime', types: portfolio },
];

export const fields: readonly Field[] = table;

/** The fields that have a list of values. */
export const valueFields = fields.filter(
  (field): field is Field & Required<Pick<Field, 'values'>> => field.values !== undefined,
);

/** The fields of a type. */
export function fieldsOf(type: string): Field[] {
  return fields.filter(({ types }) => !types || types.includes(type));
}

/** The values that a new work item of a type begins with. */
export function initialFields(type: string): Record<string, string | number> {
  const given = fieldsOf(type).flatMap(({ referenceName, initial }) =>
    initial === undefined ? [] : [[referenceName, initial]],
  );
  return Object.fromEntries(given);
}

/** Which tree a field's path belongs to. */
export function treeOf({ referenceName }: Field): 'area' | 'iteration' {
  return referenceName === 'System.IterationPath' ? 'iteration' : 'area';
}

/** A board's column field: it moves a tile without changing its state. */
export const boardColumnField = /^WEF_[0-9A-F]{32}_Kanban\.Column$/i;
const boardField = /^WEF_[0-9A-F]{32}_Kanban\.(Column(\.Done)?|Lane)$/i;
const customField = /^Custom\.\w+$/i;

/**
 * Finds a field by reference name or, for WIQL, by name; case is ignored. Custom fields and board fields exist as soon as somebody
 * uses them.
 */
export function findField(name: string): Field | undefined {
  const wanted = name.toLowerCase();
  const known = table.find(
    (field) => field.referenceName.toLowerCase() === wanted || field.name.toLowerCase() === wanted,
  );
  if (known) return known;
  return boardField.test(name) || customField.test(name) ? { referenceName: name, name, type: 'string' } : undefined;
}

/** The same, but throws Azure DevOps' TF51535 for an unknown field. */
export function fieldNamed(name: string): Field {
  const field = findField(name);
  if (!field) throw errors.missingField(name);
  return field;
}
