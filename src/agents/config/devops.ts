/** The block `devops` of jvAgent.json: the tracker, which of its work items are the agent's, and what their states mean to it. */
import { z } from 'zod';
import { outsideUrl, text } from './forms.ts';

const stateMapping = z
  .looseObject({
    new: text,
    planning: text,
    planReady: text,
    approved: text,
    inProgress: text,
    prCreated: text,
    deployed: text,
    rejected: text.optional(),
    failed: text.optional(),
  })
  .superRefine((mapping, context) => {
    // An approval is a person's move into this state; were it shared, our own move would look like one.
    const approved = mapping.approved.toLowerCase();
    for (const [name, state] of Object.entries(mapping)) {
      if (name === 'approved' || typeof state !== 'string' || state.toLowerCase() !== approved) continue;
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `'approved' must be a state of its own, not ${name}'s`,
      });
    }
  });

/** The names by which an agent's files know a tracker's things. */
interface TrackerNames {
  /** Its token in secrets.env; whoever has it can move a tile, so no tool and no engine is given it. */
  readonly token: string;
  /** Places in secrets.env that win over the fields of the block. */
  readonly organization: string;
  readonly project: string;
  /** The model's tool for it. */
  readonly tool: string;
}

export type TrackerKind = 'azure-devops';

/** Every tracker there is; the adapter of each stands in a folder of its name in `src/connectors/`. */
export const trackers: Readonly<Record<TrackerKind, TrackerNames>> = {
  'azure-devops': { token: 'AZDO_PAT', organization: 'AZDO_ORG', project: 'AZDO_PROJECT', tool: 'azdo' },
};

/** What people say they want, unless the block names other fields. Part of what is trusted, so it stands here. */
const contentFields = [
  'System.Title',
  'System.Description',
  'Microsoft.VSTS.Common.AcceptanceCriteria',
  'Microsoft.VSTS.TCM.ReproSteps',
  'Microsoft.VSTS.TCM.SystemInfo',
];
const stateField = 'System.State';

export const devopsConfig = z.looseObject({
  /** Two names in secrets.env win over these, and may stand in for them. */
  organization: text.optional(),
  project: text.optional(),
  board: text.optional(),
  stateMapping,
  baseUrl: outsideUrl.default('https://dev.azure.com'),
  /** Ids or mail addresses; absent means any person who is not an agent. */
  approvers: z.array(text).min(1).optional(),
  /** What people say they want: an edit of these after the plan makes the plan stale. */
  contentFields: z.array(text).default(contentFields),
  writableFields: z.array(text.refine((field) => field !== stateField, 'the state is never writable')).default([]),
  workItemTypes: z.array(text).min(1).optional(),
  areaPath: text.optional(),
  requiredTag: text.optional(),
  expediteTag: text.optional(),
});

export type DevopsConfig = z.output<typeof devopsConfig>;

/** Which tracker a block means: as long as there is one, that one. */
export const trackerKindOf = (_: DevopsConfig): TrackerKind => 'azure-devops';

export const trackerNamesOf = (devops: DevopsConfig): TrackerNames => trackers[trackerKindOf(devops)];
