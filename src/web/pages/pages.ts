/** Every page of the dashboard. */
import type { Page } from '../page.ts';
import { agentPage } from './agents/agent-page.ts';
import { agentsPage } from './agents/agents-page.ts';
import { auditPage } from './audit-page.ts';
import { costsPage } from './costs-page.ts';
import { itemDiffPage } from './item-diff-page.ts';
import { itemPage } from './item-page.ts';
import { itemsPage } from './items-page.ts';
import { sessionPage } from './session-page.ts';
import { sessionsPage } from './sessions-page.ts';
import { statusPage } from './status-page.ts';
import { threadsPage } from './threads-page.ts';

export const pages: readonly Page[] = [
  statusPage,
  itemsPage,
  itemPage,
  itemDiffPage,
  sessionsPage,
  sessionPage,
  agentsPage,
  agentPage,
  costsPage,
  auditPage,
  threadsPage,
];
