/** Slack on a port of its own: apps' addresses, pages for people, and WebSockets. */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { type Listener, listenServer } from '../../src/base/http.ts';
import type { Faults } from '../control/faults.ts';
import { createPages } from './pages/pages.ts';
import type { Slack } from './slack.ts';

const ofApps = /^\/(api|actions|upload|files-pri)\//;

/** Listens at this port, or at any free one. */
export async function openSlack(slack: Slack, faults: Faults, port = 0): Promise<Listener> {
  const pages = createPages(slack);
  const answer = (request: Request) =>
    ofApps.test(new URL(request.url).pathname) ? slack.fetch(request) : pages.fetch(request);
  const server = createServer(getRequestListener(faults.wrap('slack', answer, slack.appOf)));
  const listener = await listenServer(server, { port, orAnother: true });
  slack.attach(server, listener.url);
  return listener;
}
