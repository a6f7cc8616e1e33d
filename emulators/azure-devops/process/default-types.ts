/** The default work item types: a Scrum-like process with a state for every step of a code change. */
import type { WorkItemType } from '../model.ts';

const states: WorkItemType['states'] = [
  { name: 'New', category: 'Proposed', color: 'b2b2b2' },
  { name: 'Planning', category: 'Proposed', color: '8a8886' },
  { name: 'Plan Ready', category: 'Proposed', color: 'ca5010' },
  { name: 'Approved', category: 'Proposed', color: '8764b8' },
  { name: 'In Progress', category: 'InProgress', color: '007acc' },
  { name: 'PR Created', category: 'InProgress', color: '038387' },
  { name: 'Deployed', category: 'Completed', color: '339933' },
  { name: 'Rejected', category: 'InProgress', color: 'c19c00' },
  { name: 'Failed', category: 'InProgress', color: 'd13438' },
  { name: 'Removed', category: 'Removed', color: '605e5c' },
];

export const defaultWorkItemTypes: readonly WorkItemType[] = [
  { name: 'Bug', referenceName: 'Microsoft.VSTS.WorkItemTypes.Bug', color: 'CC293D', states },
  { name: 'Task', referenceName: 'Microsoft.VSTS.WorkItemTypes.Task', color: 'F2CB1D', states },
  {
    name: 'Product Backlog Item',
    referenceName: 'Microsoft.VSTS.WorkItemTypes.ProductBacklogItem',
    color: '009CCC',
    states,
  },
  { name: 'User Story', referenceName: 'Microsoft.VSTS.WorkItemTypes.UserStory', color: '0098C7', states },
];
