/** What an agent is given, and from whom: its own files, those of the agents above it, the workspace, or the platform. */
import type { Agent } from '../agents/agent.ts';

export interface Given {
  readonly kind: 'instructions' | 'model' | 'prompt' | 'tool' | 'limit';
  /** Such as `CLAUDE.md`, `prompts/planning.md` or `dayUsdMax`. */
  readonly name: string;
  readonly value: string;
  /** An agent's id, or `workspace`, or `platform` for what holds where nobody says otherwise. */
  readonly from: string;
}

/** Nearest first. */
const nearest = ({ ancestry }: Agent) => [...ancestry].reverse();

/** Joined for the agent, topmost first. */
function instructionsOf({ ancestry, steering }: Agent): Given[] {
  return ancestry.flatMap((id): Given[] => {
    const text = steering[`CLAUDE.md of ${id}`];
    const value = `${text?.length.toLocaleString('en-US')} characters`;
    return text === undefined ? [] : [{ kind: 'instructions', name: 'CLAUDE.md', value, from: id }];
  });
}

function modelOf({ id, config, ancestry, model, steering }: Agent): Given {
  const above = ancestry.slice(0, -1).findLast((one) => steering[`defaultModel of ${one}`] !== undefined);
  const from = config.defaultModel === undefined ? (above ?? 'platform') : id;
  return { kind: 'model', name: 'defaultModel', value: model.id, from };
}

/** Of each name the one that counts: the nearest. */
function nearestOf(found: readonly Given[]): Given[] {
  const byName = new Map<string, Given>();
  for (const one of found) if (!byName.has(one.name)) byName.set(one.name, one);
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The files below one of its folders; those of the agents below it have longer names. */
function filesOf(agent: Agent, kind: 'prompt' | 'tool'): Given[] {
  const files = Object.keys(agent.steering).flatMap((name) =>
    name.startsWith(`${kind} `) ? [name.slice(kind.length + 1)] : [],
  );
  const form = kind === 'tool' ? /^tools\/[^/]+$/ : /^(?:prompts\/)?[^/]+\.md$/;
  const ofFolder = (folder: string, from: string) =>
    files.flatMap((file): Given[] => {
      const name = file.startsWith(folder) ? file.slice(folder.length) : '';
      // What it does at a heartbeat is each agent's own.
      const counts = form.test(name) && (name !== 'heartbeat.md' || from === agent.id);
      return counts ? [{ kind, name, value: file, from }] : [];
    });
  return nearestOf([...nearest(agent).flatMap((id) => ofFolder(`${id}/`, id)), ...ofFolder('', 'workspace')]);
}

function limitsOf({ id, config, limits, branchLimits }: Agent): Given[] {
  const stated = [{ agentId: id, limits: config.limits }, ...[...branchLimits].reverse()];
  return Object.entries(limits).map(([name, value]) => ({
    kind: 'limit',
    name,
    value: value.toLocaleString('en-US'),
    from: stated.find((one) => one.limits[name as keyof typeof limits] === value)?.agentId ?? 'platform',
  }));
}

export function givenOf(agent: Agent): Given[] {
  return [
    ...instructionsOf(agent),
    modelOf(agent),
    ...filesOf(agent, 'prompt'),
    ...filesOf(agent, 'tool'),
    ...limitsOf(agent),
  ];
}
