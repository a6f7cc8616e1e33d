/** The `devops` block of jvAgent.json: the tracker, which work items belong to the agent, and what their states mean. */
import { z } from 'zod';
import { azureDevOps } from '../azure-remote.ts';
import { outsideUrl, text } from './forms.ts';

const stateMapping = z
  .looseObject({
    new: text.describe('work that waits for a plan'),
    planning: text.describe('the agent plans'),
    planReady: text.describe('the plan waits for a person'),
    approved: text.describe('a person moved the tile here: the plan is approved. No other state may share its name'),
    inProgress: text.describe('the agent works'),
    prCreated: text.describe('the pull request waits for a person'),
    deployed: text.describe('the change runs'),
    rejected: text.optional().describe('a person moved the tile here: the plan is refused (none)'),
    failed: text.optional().describe('the agent gave up (none)'),
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
  organization: text.optional().describe('the organization; AZDO_ORG in secrets.env takes precedence'),
  project: text.optional().describe('the project; AZDO_PROJECT in secrets.env takes precedence'),
  stateMapping: stateMapping.describe("the board's names for the states"),
  approvers: z
    .array(approver)
    .min(1)
    .optional()
    .describe(
      'mail addresses or ids of people, or `DOMAIN\\\\account` on a server, never groups (any person who is not an agent)',
    ),
  requiredTag: text.optional().describe('only work items with this tag belong to the agent (all)'),
  areaPath: areaPath.optional().describe('only work items of this area and below belong to the agent (all)'),
  workItemTypes: z.array(text).min(1).optional().describe('only work items of these types belong to the agent (all)'),
  contentFields: z
    .array(text)
    .default([...contentFieldsDefault])
    .describe('fields whose edit makes a plan stale (title, description, criteria, repro steps, system info)'),
  writableFields: z
    .array(text.refine((field) => field !== stateField, 'the state is never writable'))
    .default([])
    .describe('which fields tools may write, never the state'),
  expediteTag: text.optional().describe('work items with this tag go before others of their priority (none)'),
  board: text
    .regex(/^[^/]*[^/\s][^/]*(\/.*\S.*)?$/, 'a board such as Stories, or with its team: Web Team/Stories')
    .optional()
    .describe(
      "the board that people look at: `Stories`, or with its team `Web Team/Stories` (without a team: that of the project's own team, `PROJECT Team`). `open` shows its page (all boards); work items are found by state, type, tag and area",
    ),
  baseUrl: outsideUrl.transform(serverOf).default(azureDevOps).describe(`the server (\`${azureDevOps}\`)`),
});

export type DevopsConfig = z.output<typeof devopsConfig>;

/** The tracker that a block means; there is only one so far. */
export const trackerKindOf = (_: object): TrackerKind => 'azure-devops';

export const trackerNamesOf = (devops: object): TrackerNames => trackers[trackerKindOf(devops)];
