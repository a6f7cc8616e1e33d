/** What a work item will need of the agent's systems, asked of them now. Nothing is changed anywhere. */
import type { CodeChangeAgent } from '../agents/agent.ts';
import type { JsonPath } from '../agents/config/json-lines.ts';
import { configPlaceOf } from '../agents/config/place.ts';
import type { Connections } from '../connections/connect.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import type { Finding } from '../status/finding.ts';
import { approvers } from './approvers.ts';
import { area, boardReach, boardToken, fields, states, tags } from './board.ts';
import { branch, codeReach, codeToken, pushRight } from './code-host.ts';
import { type Check, findingsOf } from './finding.ts';
import { instance } from './instance.ts';
import type { Connected, OwnAgent } from './own-agent.ts';
import { teamBoard } from './team-board.ts';

interface Outside {
  look: (own: Connected) => ReturnType<Check['look']>;
  /** The field of jvAgent.json that is to blame. */
  at?: JsonPath;
}

const outside: Readonly<Record<string, Outside>> = {
  'board-token': { look: boardToken },
  'board-reach': { look: boardReach },
  states: { look: states, at: ['devops', 'stateMapping'] },
  fields: { look: fields, at: ['devops'] },
  area: { look: area, at: ['devops', 'areaPath'] },
  board: { look: teamBoard, at: ['devops', 'board'] },
  tags: { look: tags },
  approvers: { look: approvers, at: ['devops', 'approvers'] },
  branch: { look: branch, at: ['git', 'customerBranch'] },
  'code-token': { look: codeToken },
  'code-reach': { look: codeReach },
  push: { look: pushRight },
  instance: { look: instance, at: ['instance'] },
};

/**
 * The platform's own look: what the checks found, with file and line of the agent's configuration. It leaves out the right to
 * push, which only a request for a push can show: without a permit the platform makes none, not even its harmless first part.
 */
export function checkOutside({ connections, ...own }: Connected): Promise<Finding[]> {
  const { agent } = own;
  const checks = outsideChecks(own, connections).filter(({ id }) => id !== `${agent.id} push`);
  return findingsOf(checks, { agentId: agent.id, placeOf: configPlaceOf(agent) });
}

/** All checks; if there are no connections, only the reason. */
export function outsideChecks(own: OwnAgent<CodeChangeAgent>, connections: Connections | Refusal): Check[] {
  const { id } = own.agent;
  if (isRefusal(connections)) return [{ id: `${id} secrets`, look: () => connections }];
  return Object.entries(outside).map(([name, { look, at }]) => ({
    id: `${id} ${name}`,
    at,
    look: () => look({ ...own, connections }),
  }));
}
