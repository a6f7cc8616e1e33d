/** Every page of the dashboard. */
import type { Page } from '../page.ts';
import { agentPage } from './agent-page.ts';
import { agentsPage } from './agents-page.ts';
import { itemPage } from './item-page.ts';
import { itemsPage } from './items-page.ts';
import { sessionPage } from './session-page.ts';
import { sessionsPage } from './sessions-page.ts';
import { statusPage } from './status-page.ts';

export const pages: readonly Page[] = [
  statusPage,
  itemsPage,
  itemPage,
  sessionsPage,
  sessionPage,
  agentsPage,
  agentPage,
];
