/** The first page: what needs a person, what waits by itself, what runs, what ended in the last 24 hours. */
import { html } from 'hono/html';
import { type PlatformStatus, platformView } from '../../views/platform-view.ts';
import type { Page } from '../page.ts';

export const statusPage: Page<PlatformStatus> = {
  path: '/',
  api: '/api/status',
  read: (source) => platformView(source),
  title: () => 'Status',
  html: (status) => html`<main><h1>Status</h1>
${(['needs', 'waits', 'running', 'ended'] as const).map(
  (group) => html`<h2>${group}</h2>
<ul>${status[group].map(({ agentId, workItemId, title, why }) => html`<li>${agentId} ${workItemId} ${title} ${why}</li>`)}</ul>`,
)}</main>`,
};
