/** Writes to work items of Azure DevOps: each write needs a permit, and the item must be in our project and area now. */
import type { z } from 'zod';
import { OutsideError } from '../../base/errors.ts';
import type { Permit, PermitKind, PermitUse } from '../../work-items/gate/permit.ts';
import type { TrackerWrites } from '../../work-items/tracker.ts';
import type { WriteRequest } from '../http/http-client.ts';
import { shaped } from '../http/outside.ts';
import { type AzureDevOpsApi, apiVersion, type Place } from './api.ts';
import { commentsVersion } from './reads.ts';
import { commentShape, revShape } from './shapes.ts';

/** One operation of a JSON patch (RFC 6902). */
interface PatchOperation {
  op: 'test' | 'add' | 'replace';
  path: string;
  value: unknown;
}

const jsonPatch = { 'content-type': 'application/json-patch+json' };
const asMarkdown = { ...commentsVersion, format: 'markdown' };
/** The server's url form for a pull request of Azure Repos; a link to one appears on both sides. */
const pullRequestArtifact = 'vstfs:///Git/PullRequestId/';
const commentKinds = ['post-plan', 'report'] as const;

const addField = ([name, value]: [string, unknown]): PatchOperation => ({ op: 'add', path: `/fields/${name}`, value });
const addRelation = (value: unknown): PatchOperation => ({ op: 'add', path: '/relations/-', value });

/** The server applies the whole patch at this revision, or nothing. */
function patch(api: AzureDevOpsApi, workItemId: number, rev: number, operations: PatchOperation[]): WriteRequest {
  return {
    method: 'PATCH',
    path: `${api.org}/_apis/wit/workItems/${workItemId}`,
    headers: jsonPatch,
    body: [{ op: 'test', path: '/rev', value: rev }, ...operations],
  };
}

interface Write<T> {
  shape: z.ZodType<T>;
  permit: Permit;
  kinds: readonly PermitKind[];
  use: PermitUse & { workItemId: number };
  requestAt: (place: Place) => WriteRequest;
}

/** The server accepts writes to any item of the organization, so we refuse items that are not ours. */
async function write<T>(api: AzureDevOpsApi, { shape, permit, kinds, use, requestAt }: Write<T>): Promise<T> {
  const { system, tenant } = api;
  const place = await api.place(use.workItemId);
  if (!place) {
    const facts = { system, request: `a write to work item ${use.workItemId}`, kind: 'refused' } as const;
    const why = `${system}: ${facts.request} was not sent: it is not in our project and area`;
    throw new OutsideError(why, { ...facts, typeKey: 'GATE_TENANT' });
  }
  const request = requestAt(place);
  const sent = { ...request, query: { ...apiVersion, ...request.query } };
  const { body } = await api.send(permit, kinds, { tenant, ...use }, sent);
  return shaped(shape, body, { system, request: `${request.method} ${request.path}` }, true);
}

export function createAzureDevOpsWrites(api: AzureDevOpsApi): TrackerWrites {
  const commentsPath = (workItemId: number) => `${api.inProject}/_apis/wit/workItems/${workItemId}/comments`;

  function writeComment(permit: Permit, workItemId: number, method: 'POST' | 'PATCH', path: string, text: string) {
    const requestAt = (): WriteRequest => ({ method, path, query: asMarkdown, body: { text } });
    return write(api, { shape: commentShape, permit, kinds: commentKinds, use: { workItemId }, requestAt });
  }

  return {
    async move(permit, workItemId, { rev, state, tags, fields = {} }) {
      const operations: PatchOperation[] = [
        ...(state === undefined ? [] : [addField(['System.State', state])]),
        // `add` would keep the existing tags.
        ...(tags ? [{ op: 'replace', path: '/fields/System.Tags', value: tags.join('; ') } as const] : []),
        ...Object.entries(fields).map(addField),
      ];
      const kinds = ['claim-plan', 'post-plan', 'report', 'execute'] as const;
      const requestAt = () => patch(api, workItemId, rev, operations);
      const moved = await write(api, { shape: revShape, permit, kinds, use: { workItemId, rev }, requestAt });
      return { rev: moved.rev };
    },

    addComment: (permit, workItemId, markdown) =>
      writeComment(permit, workItemId, 'POST', commentsPath(workItemId), markdown),

    editComment: (permit, workItemId, commentId, markdown) =>
      writeComment(permit, workItemId, 'PATCH', `${commentsPath(workItemId)}/${commentId}`, markdown),

    async createChild(permit, { type, fields, tag }) {
      const { workItemId } = permit.binding;
      const parent = { rel: 'System.LinkTypes.Hierarchy-Reverse', url: api.urlOf(workItemId) };
      const tags = [fields['System.Tags'], tag].filter(Boolean).join('; ');
      const fixed = (areaPath: string) => ({ 'System.Tags': tags, 'System.AreaPath': areaPath });
      const requestAt = ({ areaPath }: Place): WriteRequest => ({
        method: 'POST',
        path: `${api.inProject}/_apis/wit/workItems/$${encodeURIComponent(type)}`,
        headers: jsonPatch,
        body: [...Object.entries({ ...fields, ...fixed(areaPath) }).map(addField), addRelation(parent)],
      });
      const kinds = ['report', 'execute'] as const;
      const child = await write(api, { shape: revShape, permit, kinds, use: { workItemId }, requestAt });
      return { workItemId: child.id };
    },

    async link(permit, workItemId, rev, url, comment) {
      const operation = addRelation(
        url.startsWith(pullRequestArtifact)
          ? { rel: 'ArtifactLink', url, attributes: { name: 'Pull Request' } }
          : { rel: 'Hyperlink', url, attributes: { comment } },
      );
      const requestAt = () => patch(api, workItemId, rev, [operation]);
      const kinds = ['report', 'open-pr'] as const;
      try {
        await write(api, { shape: revShape, permit, kinds, use: { workItemId, rev }, requestAt });
      } catch (error) {
        const isThere = error instanceof OutsideError && error.facts.typeKey === 'RelationAlreadyExistsException';
        if (!isThere) throw error;
      }
    },
  };
}
