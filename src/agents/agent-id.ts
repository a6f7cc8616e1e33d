/** The name of an agent, `codechange/acme`, which is also its folder below the workspace and its place in the tree. */
import { type Refusal, refuse } from '../refusal.ts';

/** Checked text: safe as a path below the workspace and as a part of an address. */
export type AgentId = string & { readonly brand: 'AgentId' };

const segmentsMax = 4;
const segmentForm = /^[a-z0-9][a-z0-9-]*$/;
const reserved: ReadonlySet<string> = new Set([
  'tools',
  'memory',
  'session',
  'sessions',
  'prompts',
  'templates',
  'slack',
]);

/** Whether `name` may be one segment of an agent id. */
export function isSegment(name: string): boolean {
  return segmentForm.test(name) && !reserved.has(name);
}

/** 1 to 4 segments of `[a-z0-9][a-z0-9-]*` joined by `/`, none of them reserved; else AGENT_ID. */
export function parseAgentId(text: string): AgentId | Refusal {
  const segments = text.split('/');
  if (segments.length <= segmentsMax && segments.every(isSegment)) return text as AgentId;
  const taken = segments.find((segment) => reserved.has(segment));
  const why = taken ? `'${taken}' is a reserved name` : `${JSON.stringify(text.slice(0, 200))} is no agent id`;
  return refuse('AGENT_ID', why);
}

/** The agent above, or undefined for one at the top. */
export function parentOf(id: AgentId): AgentId | undefined {
  const cut = id.lastIndexOf('/');
  return cut === -1 ? undefined : (id.slice(0, cut) as AgentId);
}

/** The agent with all above it, outermost first, itself last. */
export function ancestryOf(id: AgentId): AgentId[] {
  const segments = id.split('/');
  return segments.map((_, index) => segments.slice(0, index + 1).join('/') as AgentId);
}

/** Whether `id` is `branch` or stands below it. */
export function isWithin(id: AgentId, branch: AgentId): boolean {
  return id === branch || id.startsWith(`${branch}/`);
}
