/** `instance-api`: requests to the customer's running product, below its configured url. */
import { z } from 'zod';
import { resolveInside } from '../../base/inside.ts';
import { known } from '../../base/known.ts';
import { limits } from '../../limits.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { definePlatformTool, type PlatformTool, type ToolTurn } from '../tool.ts';

export interface InstanceRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: Readonly<Record<string, string | number | boolean>>;
  body?: unknown;
  /** Why a write is proposed. */
  why?: string;
}

/** Reads, proposes a write, or refuses it: what writes is sent only after a person's confirmation. */
export type InstancePort = (request: InstanceRequest, turn: ToolTurn) => Promise<unknown | Refusal>;

const schema = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
  path: z.string().max(2_000).describe('Begins with one slash; can include a query'),
  query: z.record(z.string().max(200), z.union([z.string().max(2_000), z.number(), z.boolean()])).optional(),
  body: z
    .unknown()
    .refine((body) => JSON.stringify(body ?? null).length <= limits.messageBytesMax, 'is too large')
    .optional(),
  why: z
    .string()
    .max(limits.proposalWhyCharsMax)
    .optional()
    .describe(
      'For POST, PUT and DELETE: what the change is for, in a sentence or two; the person who confirms it reads it',
    ),
});

/** A placeholder for the configured url, which only the port knows. */
const anyBase = 'https://instance.invalid';

export function createInstanceApiTool(request: InstancePort): PlatformTool {
  return definePlatformTool({
    name: 'instance-api',
    description: "Calls the HTTP API of the customer's instance. A list with several pages comes as one.",
    schema,
    actionField: 'method',
    actionsOfField: { body: ['POST', 'PUT', 'DELETE'], why: ['POST', 'PUT', 'DELETE'] },
    actions: {
      GET: 'reads',
      POST: 'proposes a new record; a person confirms it first',
      PUT: 'proposes a change; a person confirms it first',
      DELETE: 'proposes a removal; a person confirms it first',
    },
    async execute({ method, path, query, body, why }, turn) {
      if (!resolveInside(anyBase, path)) {
        return refuse('TOOL_PATH', `${JSON.stringify(path)} is outside the configured url`);
      }
      return request({ method, path, ...known({ query, body, why }) }, turn);
    },
  });
}
