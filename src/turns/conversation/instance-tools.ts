/** The tools of a conversation for the customer's instance: it is read at once; a write becomes a proposal, and nothing is sent. */
import { known } from '../../base/known.ts';
import { redactValue } from '../../base/redact.ts';
import { type ProposedRequest, seenValue, writeFault } from '../../conversations/proposal.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { createInstanceApiTool, type InstanceRequest } from '../../tools/shipped/instance-api.ts';
import { createInstanceDeployTool } from '../../tools/shipped/instance-deploy.ts';
import type { PlatformTool } from '../../tools/tool.ts';
import type { Turn } from '../turn.ts';

/** Undefined for what only reads. */
function writeIn({ method, path, query, body }: InstanceRequest): ProposedRequest | undefined {
  return method === 'GET' ? undefined : { method, path, ...known({ query, body }) };
}

/** The value that stands there now is read first: the person sees it, and only while it stays is the request sent. */
async function propose(turn: Turn, request: ProposedRequest, why = 'The agent gave no reason.'): Promise<unknown> {
  const { agent, redact, supervisor, worker } = turn;
  const { instance: config } = agent.config;
  if (!config || !worker.instance) return refuse('TOOL_UNAVAILABLE', `${agent.id} has no instance`);
  const fault = writeFault(agent.id, config, request);
  if (fault) return fault;
  const { path, query } = request;
  const seen = await worker.instance.call({ method: 'GET', path, ...known({ query }) });
  if (isRefusal(seen)) return seen;
  const before = seenValue(seen, (body) => redactValue(redact, body));
  const proposed = await supervisor.call('propose', {
    wish: { request, before, why: redact(why) },
  });
  if (isRefusal(proposed)) return proposed;
  return { proposed: proposed.proposed, expiresAt: new Date(proposed.expiresAt).toISOString() };
}

/** None where the agent has no instance. */
export function instanceTools(turn: Turn): PlatformTool[] {
  const { instance } = turn.worker;
  if (!instance) return [];
  const request = (asked: InstanceRequest): Promise<unknown | Refusal> => {
    const write = writeIn(asked);
    return write ? propose(turn, write, asked.why) : instance.call(asked);
  };
  return [createInstanceApiTool(request), createInstanceDeployTool(instance)];
}
