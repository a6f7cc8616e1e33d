/** The tool `azdo`: reads work items, comments on the session's own item, and writes the fields that the configuration allows. */
import { z } from 'zod';
import { trackers } from '../../agents/config/devops.ts';
import { redactValue } from '../../base/redact.ts';
import { sanitizeLine, sanitizeLines } from '../../documents/lines.ts';
import { writeFor } from '../../documents/places.ts';
import { limits } from '../../limits.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import type { PlatformTool, ToolTurn } from '../../tools/tool.ts';
import type { TrackerToolPorts } from '../../tools/tracker-tool.ts';
import { readableComments, readableFields } from '../../work-items/readable.ts';
import { isTitle, isWorkItemType, writableFieldsOf } from './tool-fields.ts';

const value = z.union([z.string().max(limits.commentCharsMax), z.number(), z.boolean()]);

const schema = z
  .strictObject({
    action: z.enum(['query', 'get', 'update', 'create', 'add-comment', 'list-comments']),
    workItemId: z.int().positive().optional().describe("The session's own when missing"),
    wiql: z.string().max(8_000).optional(),
    fields: z.record(z.string().max(200), value).optional(),
    comment: z.string().min(1).max(limits.commentCharsMax).optional(),
  })
  .refine(({ action, comment }) => action !== 'add-comment' || comment, { path: ['comment'], error: 'is missing' })
  .refine(({ action, fields }) => !['create', 'update'].includes(action) || Object.keys(fields ?? {}).length > 0, {
    path: ['fields'],
    error: 'is missing',
  });

const childTypeDefault = 'Task';

/** The work item to use: the session's own if it has one, and then no other. */
function itemOf(asked: number | undefined, { workItemId }: ToolTurn): number | Refusal {
  const meant = asked ?? workItemId;
  if (meant === undefined) return refuse('TOOL_UNAVAILABLE', 'workItemId is missing', 'Name the work item.');
  if (workItemId === undefined || meant === workItemId) return meant;
  return refuse(
    'GATE_TENANT',
    `this session is for work item ${workItemId}, not ${meant}`,
    `Use the session's own work item.`,
  );
}

export function createAzdoTool(ports: TrackerToolPorts): PlatformTool {
  const { query, reads, comment, create, update, linkHosts, redact } = ports;
  const clean = (text: string) => writeFor.markdown(redact(text), { hosts: linkHosts });
  const cleanField = (name: string, text: string) =>
    (isTitle(name) ? sanitizeLine : sanitizeLines)(text, { hosts: linkHosts });

  /** Fields hold text or HTML, never Markdown, so that nothing in them is code. */
  function cleanFields(fields: Record<string, string | number | boolean>): Record<string, unknown> {
    const entries = Object.entries(redactValue(redact, fields));
    return Object.fromEntries(
      entries.map(([name, given]) => [name, typeof given === 'string' ? cleanField(name, given) : given]),
    );
  }

  async function createChild(given: Record<string, string | number | boolean>, { config }: ToolTurn) {
    const type = Object.entries(given).find(([name]) => isWorkItemType(name))?.[1] ?? childTypeDefault;
    const rest = Object.fromEntries(Object.entries(given).filter(([name]) => !isWorkItemType(name)));
    const open = ['System.Title', ...(config.devops?.writableFields ?? [])];
    const fields = writableFieldsOf(rest, open);
    if (isRefusal(fields)) return fields;
    if (!Object.keys(fields).some(isTitle))
      return refuse('FIELD_DENIED', 'System.Title is missing', 'Set System.Title in fields.');
    return create(String(type), cleanFields(fields));
  }

  async function updateOwn(given: Record<string, string | number | boolean>, { config }: ToolTurn) {
    const fields = writableFieldsOf(given, config.devops?.writableFields ?? []);
    return isRefusal(fields) ? fields : update(cleanFields(fields));
  }

  const tool: PlatformTool<typeof schema> = {
    name: trackers['azure-devops'].tool,
    description: 'Azure DevOps work items. The platform moves their state; this tool never does.',
    schema,
    actionField: 'action',
    actionsOfField: { wiql: ['query'], fields: ['create', 'update'], comment: ['add-comment'] },
    actions: {
      query: 'finds work items with `wiql`',
      get: 'reads a work item with all its text',
      'list-comments': 'reads the comments of a work item',
      'add-comment': "writes `comment` to this session's work item, for people to read",
      create: "adds a child with `fields` to this session's work item",
      update: "sets `fields` of this session's work item, if the configuration allows them",
    },
    async execute({ action, workItemId: asked, wiql, fields = {}, comment: text = '' }, turn) {
      if (action === 'query') return query(wiql);
      const workItemId = itemOf(asked, turn);
      if (isRefusal(workItemId)) return workItemId;
      if (action === 'get') {
        const tile = await reads.tile(workItemId);
        if (tile) return { ...tile, content: await readableFields(reads, tile) };
        return refuse('GATE_TENANT', `work item ${workItemId} does not exist, or is outside our project and area`);
      }
      if (action === 'list-comments') return readableComments(reads, await reads.comments(workItemId));
      if (turn.workItemId === undefined) return refuse('TOOL_UNAVAILABLE', 'this session has no work item of its own');
      if (action === 'add-comment') return comment(clean(text));
      return action === 'create' ? createChild(fields, turn) : updateOwn(fields, turn);
    },
  };
  return tool;
}
