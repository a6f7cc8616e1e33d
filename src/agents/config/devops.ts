/** The `devops` block of jvAgent.json: the tracker, which work items belong to the agent, and what their states mean. */
import { z } from 'zod';
import { azureDevOps } from '../azure-remote.ts';
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
    // An approval is a person's move into this state. If another state shared its name, our own move would look like an approval.
    const approved = mapping.approved.toLowerCase();
    for (const [name, state] of Object.entries(mapping)) {
      if (name === 'approved' || typeof state !== 'string' || state.toLowerCase() !== approved) continue;
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `'approved' must have a state of its own, but '${name}' uses the same one`,
      });
    }
  });

/** What a tracker's settings and tool are called in an agent's files. */
interface TrackerNames {
  /** Its token in secrets.env. The token can move tiles, so no tool and no engine receives it. */
  readonly token: string;
  /** Names in secrets.env that override the fields of the block. */
  readonly organization: string;
  readonly project: string;
  /** The tool with which the model uses it. */
  readonly tool: string;
}

export type TrackerKind = 'azure-devops';

/** All supported trackers; each has its adapter in `src/connectors/<name>`. */
export const trackers: Readonly<Record<TrackerKind, TrackerNames>> = {
  'azure-devops': { token: 'AZDO_PAT', organization: 'AZDO_ORG', project: 'AZDO_PROJECT', tool: 'azdo' },
};

/** The fields in which people describe their request, unless the block names others. They are part of the trusted configuration. */
export const contentFieldsDefault: readonly string[] = [
  'System.Title',
  'System.Description',
  'Microsoft.VSTS.Common.AcceptanceCriteria',
  'Microsoft.VSTS.TCM.ReproSteps',
  'Microsoft.VSTS.TCM.SystemInfo',
];
const stateField = 'System.State';

/** A mail address, the id of an identity, or an account of a server's domain (`ACME\\erin`): what a board says of who moved a tile. */
const approverForm = /^([^\s@\\[\]]+@[^\s@\\]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w.-]+\\[^\s\\@]+)$/i;

function approverFault(entry: string): string | undefined {
  if (approverForm.test(entry)) return undefined;
  const what = /^\[.*\]\\/.test(entry) ? 'a group, and groups are not looked up' : 'not a mail address or an id';
  return `${JSON.stringify(entry)} is ${what}: name each person by mail address or id`;
}

const approver = text.superRefine((entry, context) => {
  const message = approverFault(entry);
  if (message) context.addIssue({ code: 'custom', message });
});

/** People write an area with backslashes around it or slashes in it. No name of an area contains either (learn.microsoft.com). */
const areaPath = text
  .transform((path) =>
    path
      .split(/[\\/]+/)
      .map((name) => name.trim())
      .filter(Boolean)
      .join('\\'),
  )
  .refine((path) => path !== '', 'the path of an area, such as Shop\\Web');

/** Whether an area is `ours` or below it. Boards compare areas without case. */
export function isInArea(area: string, ours: string): boolean {
  return `${area}\\`.toLowerCase().startsWith(`${ours}\\`.toLowerCase());
}

/**
 * The server alone: of Azure DevOps Services it has one address, whichever of its two names is written, and with or without
 * the organization. https://learn.microsoft.com/azure/devops/extend/develop/work-with-urls
 */
function serverOf(url: string): string {
  return /^(dev\.azure\.com|[^.]+\.visualstudio\.com)$/i.test(new URL(url).hostname)
    ? azureDevOps
    : url.replace(/\/+$/, '');
}

/**
 * The board that people look at, as its team and its own name; undefined if none is named. Without `TEAM/` before it, it is a
 * board of the team that every project begins with, and that is named after the project. No team has a slash in its name.
 * https://learn.microsoft.com/azure/devops/organizations/settings/about-teams-and-settings
 * https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions
 */
export function boardNamed(
  { board }: { board?: string | undefined },
  project: string,
): { team: string; board: string } | undefined {
  if (board === undefined) return undefined;
  const at = board.indexOf('/');
  return at < 0
    ? { team: `${project} Team`, board: board.trim() }
    : { team: board.slice(0, at).trim(), board: board.slice(at + 1).trim() };
}

export const devopsConfig = z.looseObject({
  /** AZDO_ORG and AZDO_PROJECT in secrets.env override these two, or replace them if they are absent. */
  organization: text.optional(),
  project: text.optional(),
  /** `TEAM/BOARD`, or the board alone: the page that people are shown. */
  board: text
    .regex(/^[^/]*[^/\s][^/]*(\/.*\S.*)?$/, 'a board such as Stories, or with its team: Web Team/Stories')
    .optional(),
  stateMapping,
  baseUrl: outsideUrl.transform(serverOf).default(azureDevOps),
  /** Ids or mail addresses. If absent, every person who is not an agent may approve. */
  approvers: z.array(approver).min(1).optional(),
  /** The fields in which people describe their request: an edit after the plan makes the plan stale. */
  contentFields: z.array(text).default([...contentFieldsDefault]),
  writableFields: z.array(text.refine((field) => field !== stateField, 'the state is never writable')).default([]),
  workItemTypes: z.array(text).min(1).optional(),
  /** In normal form: `Shop\\Web`, without a backslash at either end. */
  areaPath: areaPath.optional(),
  requiredTag: text.optional(),
  expediteTag: text.optional(),
});

export type DevopsConfig = z.output<typeof devopsConfig>;

/** The tracker that a block means; there is only one so far. */
export const trackerKindOf = (_: object): TrackerKind => 'azure-devops';

export const trackerNamesOf = (devops: object): TrackerNames => trackers[trackerKindOf(devops)];
