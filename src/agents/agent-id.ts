/** The name of an agent, `codechange/acme`, which is also its folder in the workspace and its place in the tree of agents. */
import { startOf } from '../documents/cut.ts';
import { type Refusal, refuse } from '../refusal.ts';

/** A checked id: safe to use as a path in the workspace and as part of an address. */
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

/** 1 to 4 segments of `[a-z0-9][a-z0-9-]*` joined by `/`, none of them reserved; otherwise AGENT_ID. */
export function parseAgentId(text: string): AgentId | Refusal {
  const segments = text.split('/');
  if (segments.length <= segmentsMax && segments.every(isSegment)) return text as AgentId;
  const taken = segments.find((segment) => reserved.has(segment));
  const why = taken ? `'${taken}' is a reserved name` : `${JSON.stringify(startOf(text, 200))} is not an agent id`;
  return refuse('AGENT_ID', why);
}

/** The parent agent, or undefined for an agent at the top. */
export function parentOf(id: AgentId): AgentId | undefined {
  const cut = id.lastIndexOf('/');
  return cut === -1 ? undefined : (id.slice(0, cut) as AgentId);
}

/** The agent and all its ancestors: the topmost first, the agent itself last. */
export function ancestryOf(id: AgentId): AgentId[] {
  const segments = id.split('/');
  return segments.map((_, index) => segments.slice(0, index + 1).join('/') as AgentId);
}

/** Whether `id` is `branch` or one of its descendants. */
export function isWithin(id: AgentId, branch: AgentId): boolean {
  return id === branch || id.startsWith(`${branch}/`);
}
