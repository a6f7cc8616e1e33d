/** The fields that every work item type has, and what may be written to each. */
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
}

const common = 'Microsoft.VSTS.Common';

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
  { referenceName: `${common}.AcceptanceCriteria`, name: 'Acceptance Criteria', type: 'html' },
  { referenceName: 'Microsoft.VSTS.TCM.ReproSteps', name: 'Repro Steps', type: 'html' },
  { referenceName: 'Microsoft.VSTS.TCM.SystemInfo', name: 'System Info', type: 'html' },
  { referenceName: `${common}.Priority`, name: 'Priority', type: 'integer' },
  { referenceName: `${common}.Severity`, name: 'Severity', type: 'string' },
  { referenceName: `${common}.ValueArea`, name: 'Value Area', type: 'string' },
  { referenceName: 'Microsoft.VSTS.Scheduling.Effort', name: 'Effort', type: 'double' },
  { referenceName: 'Microsoft.VSTS.Scheduling.StoryPoints', name: 'Story Points', type: 'double' },
  { referenceName: 'Microsoft.VSTS.Scheduling.RemainingWork', name: 'Remaining Work', type: 'double' },
];

export const fields: readonly Field[] = table;

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
