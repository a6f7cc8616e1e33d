/** What reads and writes of Azure DevOps share: requests with typed answers, and the check whether a work item is ours. */
import type { z } from 'zod';
import { isInArea } from '../../agents/config/devops.ts';
import { OutsideError } from '../../base/errors.ts';
import { createHttpClient, type HttpClient, type HttpSettings, type ReadOptions } from '../http/http-client.ts';
import { shaped } from '../http/outside.ts';
import { placeShape } from './shapes.ts';
import type { OwnItems } from './wiql.ts';

export interface AzureDevOpsOptions {
  /** `https://dev.azure.com`, or the address of an emulator. */
  baseUrl: string;
  organization: string;
  project: string;
  own: OwnItems;
  /** A personal access token for this organization with the scope "Work Items (Read & write)". */
  pat: string;
  /** The fields in which people describe their request, by reference name. */
  contentFields: readonly string[];
  http: HttpSettings;
}

/** Organization and project, in the form that permits use. */
export const tenantOf = ({ organization, project }: Pick<AzureDevOpsOptions, 'organization' | 'project'>) =>
  `${organization}/${project}`;

type ProjectPlace = Pick<AzureDevOpsOptions, 'baseUrl' | 'organization' | 'project'>;

const projectPage = ({ baseUrl, organization, project }: ProjectPlace) =>
  `${baseUrl.replace(/\/+$/, '')}/${encodeURIComponent(organization)}/${encodeURIComponent(project)}`;

/** Where people see the work items; a number follows after a slash. */
export const pagesOf = (place: ProjectPlace): string => `${projectPage(place)}/_workitems/edit`;

/** Where people see the project's boards, or one board of a team. https://learn.microsoft.com/azure/devops/extend/develop/work-with-urls */
export function boardsOf(place: ProjectPlace, one?: { team: string; board: string }): string {
  const all = `${projectPage(place)}/_boards`;
  return one ? `${all}/board/t/${encodeURIComponent(one.team)}/${encodeURIComponent(one.board)}` : all;
}

/**
 * Where the identities of an organization are read: Azure DevOps Services keep them at a host of their own, a server does not.
 * https://learn.microsoft.com/rest/api/azure/devops/ims/identities/read-identities
 */
export function peopleHostOf(baseUrl: string): string {
  const { hostname } = new URL(baseUrl);
  if (hostname === 'dev.azure.com') return 'https://vssps.dev.azure.com';
  return baseUrl.replace(/^(https:\/\/[\w-]+)\.visualstudio\.com\b/i, '$1.vssps.visualstudio.com');
}

/** The project of a work item that is in our project and area. */
export interface Place {
  rev: number;
  areaPath: string;
}

export interface AzureDevOpsApi {
  /** "Azure DevOps (acme)" */
  system: string;
  /** Organization and project, in the form that permits use. */
  tenant: string;
  /** The url path of the organization; the next field is that of the project. */
  org: string;
  inProject: string;
  /** The url of the work items' web pages. */
  pages: string;
  /** The url with which other work items refer to it. */
  urlOf(workItemId: number): string;
  /** The name of our project. */
  project: string;
  get<T>(shape: z.ZodType<T>, path: string, query?: ReadOptions['query']): Promise<T>;
  /** A read of people and groups, which Azure DevOps Services answer at another host. */
  ofPeople: AzureDevOpsApi['get'];
  /** The content of an attached file. */
  file(path: string): Promise<Uint8Array>;
  query<T>(shape: z.ZodType<T>, path: string, body: unknown, query?: ReadOptions['query']): Promise<T>;
  send: HttpClient['send'];
  isOurs(project: string, areaPath: string): boolean;
  /** Undefined if the item is deleted, not visible to us, or not ours. */
  place(workItemId: number): Promise<Place | undefined>;
}

/** Where the personal access token stands in secrets.env. */
const tokenName = 'AZDO_PAT';

export const apiVersion = { 'api-version': '7.1' };

/** Undefined if the server says that the work item does not exist or is not visible; both have the same answer. */
export async function unlessGone<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const isGone =
      error instanceof OutsideError && error.facts.kind === 'missing' && error.facts.typeKey?.startsWith('WorkItem');
    if (isGone) return undefined;
    throw error;
  }
}

export function createAzureDevOpsApi(options: AzureDevOpsOptions): AzureDevOpsApi {
  const { baseUrl, organization, project, own, pat, http } = options;
  const { areaPath = project } = own;
  const system = `Azure DevOps (${organization})`;
  const org = `/${encodeURIComponent(organization)}`;
  const inProject = `${org}/${encodeURIComponent(project)}`;
  const address = baseUrl.replace(/\/+$/, '');
  const authorization = `Basic ${Buffer.from(`:${pat}`).toString('base64')}`;
  const clientOf = (address: string) =>
    createHttpClient({
      http,
      system,
      baseUrl: address,
      tokenName,
      address: { setting: 'devops.baseUrl' },
      answers: 'json',
      readsByPost: /\/_apis\/wit\/(wiql|workitemsbatch)$/i,
      // Without the second header, the answer to an invalid token is a redirect to a sign-in page.
      headers: () => ({ authorization, 'X-TFS-FedAuthRedirect': 'Suppress' }),
    });
  const client = clientOf(baseUrl);
  const reading =
    (from: () => HttpClient): AzureDevOpsApi['get'] =>
    async (shape, path, query = {}) => {
      const { body } = await from().get(path, { query: { ...apiVersion, ...query } });
      return shaped(shape, body, { system, request: `GET ${path}` });
    };

  const api: AzureDevOpsApi = {
    system,
    tenant: tenantOf(options),
    org,
    inProject,
    pages: pagesOf(options),
    urlOf: (workItemId) => `${address}${org}/_apis/wit/workItems/${workItemId}`,
    send: client.send,
    project,
    get: reading(() => client),
    ofPeople: reading(() => clientOf(peopleHostOf(baseUrl))),
    async file(path) {
      const { status, body } = await client.get(path, { query: apiVersion, answers: 'bytes' });
      if (status !== 200 || !(body instanceof Uint8Array)) {
        const facts = { system, request: `GET ${path}`, kind: 'auth', status, token: tokenName } as const;
        throw new OutsideError(`${system}: ${facts.request} answered ${status} instead of a file`, facts);
      }
      return body;
    },
    async query(shape, path, sent, query = {}) {
      const { body } = await client.query(path, sent, { query: { ...apiVersion, ...query } });
      return shaped(shape, body, { system, request: `POST ${path}` });
    },
    // Azure DevOps compares names without case.
    isOurs(itsProject, itsAreaPath) {
      return isInArea(itsAreaPath, areaPath) && itsProject.toLowerCase() === project.toLowerCase();
    },
    async place(workItemId) {
      const path = `${org}/_apis/wit/workItems/${workItemId}`;
      const fields = 'System.TeamProject,System.AreaPath';
      const found = await unlessGone(api.get(placeShape, path, { fields }));
      const itsArea = found?.fields['System.AreaPath'] ?? '';
      if (!found || !api.isOurs(found.fields['System.TeamProject'], itsArea)) return undefined;
      return { rev: found.rev, areaPath: itsArea };
    },
  };
  return api;
}
