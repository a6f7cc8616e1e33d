/**
 * The default work item types. Those that people do the work with have a state for every step of a code change; the others have the
 * states of the usual processes.
 */
import type { WorkItemType } from '../model.ts';

type State = WorkItemType['states'][number];

const resolved: State = { name: 'Resolved', category: 'Resolved', color: 'ff9d00' };
const removed: State = { name: 'Removed', category: 'Removed', color: '605e5c' };

const beforeMerge: State[] = [
  { name: 'New', category: 'Proposed', color: 'b2b2b2' },
  { name: 'Planning', category: 'Proposed', color: '8a8886' },
  { name: 'Plan Ready', category: 'Proposed', color: 'ca5010' },
  { name: 'Approved', category: 'Proposed', color: '8764b8' },
  { name: 'In Progress', category: 'InProgress', color: '007acc' },
  { name: 'PR Created', category: 'InProgress', color: '038387' },
];
const afterMerge: State[] = [
  { name: 'Deployed', category: 'Completed', color: '339933' },
  { name: 'Rejected', category: 'InProgress', color: 'c19c00' },
  { name: 'Failed', category: 'InProgress', color: 'd13438' },
  removed,
];
const work = [...beforeMerge, ...afterMerge];

const portfolio: State[] = [
  { name: 'New', category: 'Proposed', color: 'b2b2b2' },
  { name: 'Active', category: 'InProgress', color: '007acc' },
  resolved,
  { name: 'Closed', category: 'Completed', color: '339933' },
  removed,
];

const basic: State[] = [
  { name: 'To Do', category: 'Proposed', color: 'b2b2b2' },
  { name: 'Doing', category: 'InProgress', color: '007acc' },
  { name: 'Done', category: 'Completed', color: '339933' },
];

const types = 'Microsoft.VSTS.WorkItemTypes';

export const defaultWorkItemTypes: readonly WorkItemType[] = [
  { name: 'Bug', referenceName: `${types}.Bug`, color: 'CC293D', states: [...beforeMerge, resolved, ...afterMerge] },
  { name: 'Task', referenceName: `${types}.Task`, color: 'F2CB1D', states: work },
  { name: 'Product Backlog Item', referenceName: `${types}.ProductBacklogItem`, color: '009CCC', states: work },
  { name: 'User Story', referenceName: `${types}.UserStory`, color: '0098C7', states: work },
  { name: 'Feature', referenceName: `${types}.Feature`, color: '773B93', states: portfolio },
  { name: 'Epic', referenceName: `${types}.Epic`, color: 'FF7B00', states: portfolio },
  { name: 'Issue', referenceName: `${types}.Issue`, color: 'B4009E', states: basic },
];
