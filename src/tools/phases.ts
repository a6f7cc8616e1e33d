/** Which tools and actions exist in which kind of turn; anything not listed does not exist. */
import type { AgentConfig } from '../agents/config/config.ts';
import { trackers } from '../agents/config/devops.ts';
import type { AgentKind, TurnKind } from './tool.ts';

const trackerTools: readonly string[] = Object.values(trackers).map(({ tool }) => tool);

const otherTools = [
  'git-ops',
  'instance-api',
  'instance-deploy',
  'slack-thread',
  'send-message',
  'grep-logs',
  'submit-plan',
  'ask',
  'send-email',
  'reply',
  'no-reply',
  'react',
  'upload',
] as const;

/** Names that users' files cannot have. */
export const shippedToolNames: readonly string[] = [...trackerTools, ...otherTools];

/** `all` for a tool without actions, otherwise the actions that exist. */
type Availability = 'all' | readonly string[];

/** `tracker` is the tool of the agent's tracker. */
type Column = Readonly<Partial<Record<'tracker' | (typeof otherTools)[number], Availability>>>;

const talk = { 'send-message': 'all', 'grep-logs': 'all', 'slack-thread': 'all', 'send-email': 'all' } as const;
/** The tools of every conversation. Only a Slack thread has people who can be asked, and a place for emoji and files. */
const conversation = {
  ...talk,
  reply: 'all',
  'no-reply': 'all',
  ask: 'all',
  react: 'all',
  upload: 'all',
} as const;
const deployActions = ['push-config', 'push-code', 'verify', 'rollback'];

const columns: Readonly<Record<'planning' | 'executing' | 'codechange' | 'impl' | 'docs', Column>> = {
  planning: {
    ...talk,
    tracker: ['get', 'list-comments', 'add-comment'],
    'git-ops': ['status', 'diff', 'log'],
    'instance-api': ['GET'],
    'submit-plan': 'all',
    ask: 'all',
  },
  executing: {
    ...talk,
    tracker: ['get', 'list-comments', 'add-comment', 'create', 'update'],
    'git-ops': ['status', 'branch-create', 'checkout', 'diff', 'add', 'commit', 'push', 'pr-create', 'log'],
    'instance-api': ['GET'],
    'instance-deploy': deployActions,
    'submit-plan': 'all',
    ask: 'all',
  },
  codechange: {
    ...conversation,
    tracker: ['query', 'get', 'list-comments'],
    'instance-api': ['GET'],
    'instance-deploy': deployActions,
  },
  impl: {
    ...conversation,
    'instance-api': ['GET', 'POST', 'PUT', 'DELETE'],
    'instance-deploy': deployActions,
  },
  docs: conversation,
};

/** The kind of an agent, from the blocks of its configuration. */
export function agentKindOf({ devops, git, instance }: AgentConfig): AgentKind {
  if (devops || git) return 'codechange';
  return instance ? 'impl' : 'docs';
}

/** The actions of a shipped tool in such a turn: `all`, a list, or undefined if the tool does not exist. */
export function availabilityOf(tool: string, turnKind: TurnKind, agentKind: AgentKind): Availability | undefined {
  const isForItem = agentKind === 'codechange' && turnKind !== 'conversation';
  const column = columns[isForItem ? turnKind : agentKind];
  const row = trackerTools.includes(tool) ? 'tracker' : otherTools.find((name) => name === tool);
  return row && column[row];
}
