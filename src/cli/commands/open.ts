/** `jvagent open`: prints the dashboard with a login, an agent's board, or a work item and its pull request, and opens it on a desktop. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { Command } from 'commander';
import type { AgentState } from '../../agents/agent-store.ts';
import { known } from '../../base/known.ts';
import { workItemSession } from '../../broker/session-id.ts';
import { boardPage, workItemPages } from '../../connectors/tracker-of.ts';
import { desktopEnvironment } from '../../settings.ts';
import type { Context } from '../context.ts';
import { CommandFailure, failureOf, noBoard } from '../failure.ts';
import { type LoginWish, loginUrl } from '../login-url.ts';
import { workItemIdOf } from '../work-item-argument.ts';

interface Pages {
  readonly agentId: string;
  readonly board?: string;
  readonly workItem?: string;
  readonly pullRequest?: string;
}

/** Other addresses could start a program. */
const isPage = (url: string) => URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);

const boardOf = (state: AgentState) =>
  'agent' in state && state.agent.kind === 'code-change' ? boardPage(state.agent) : undefined;

async function pagesOf(context: Context, id: string, workItemId: number | undefined): Promise<Pages> {
  const state = context.agent(id);
  if ('refusal' in state) throw failureOf(state.refusal);
  if (state.agent.kind === 'conversation') throw noBoard(id);
  if (workItemId === undefined) return known({ agentId: id, board: boardPage(state.agent) });
  const { sessions } = await context.store();
  const session = await sessions.get(id, workItemSession(workItemId));
  const pullRequest = session?.item?.review?.url;
  return known({
    agentId: id,
    workItem: workItemPages(state.agent)?.(workItemId),
    pullRequest: pullRequest && isPage(pullRequest) ? pullRequest : undefined,
  });
}

/** Leaves the page to the desktop's own browser, if there is one. The address is one argument, and no shell reads it. */
function show(page: string): void {
  const env = desktopEnvironment();
  // A relative folder in PATH would be one of wherever the person is now, such as a customer's clone.
  const file = env?.PATH?.split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, 'xdg-open'))
    .find((path) => existsSync(path));
  if (!env || !file || !isPage(page)) return;
  const opening = spawn(file, [page], { env, stdio: 'ignore', detached: true });
  // The address is printed, so a desktop that cannot open it is no failure.
  opening.on('error', () => {});
  opening.unref();
}

/** An address of the dashboard with a login; undefined where there is none, and people are told why. */
async function dashboardOf(context: Context, wish: LoginWish, json: boolean): Promise<string | undefined> {
  const asked = await loginUrl(context, wish);
  if ('url' in asked) return asked.url;
  if (!json) context.print.note(asked.cannot);
  return undefined;
}

async function openAll(context: Context, json: boolean): Promise<void> {
  const { print } = context;
  const dashboard = await dashboardOf(context, { access: 'operate' }, json);
  const boards = context
    .agents()
    .list()
    .map((state) => known({ agentId: state.id, board: boardOf(state) }));
  if (json) return print.json(known({ dashboard, boards }));
  if (dashboard) print.line(`${dashboard}\n\nIt logs you in once, within five minutes.\n`);
  print.table(
    ['AGENT', 'BOARD'],
    boards.map(({ agentId, board = '-' }) => [agentId, board]),
  );
  if (print.isTerminal && dashboard) show(dashboard);
}

async function openView(context: Context, json: boolean): Promise<void> {
  const asked = await loginUrl(context, { access: 'view' });
  if ('cannot' in asked) throw new CommandFailure(asked.cannot);
  if (json) return context.print.json({ dashboard: asked.url });
  context.print.line(`${asked.url}\n\nIt logs somebody in once, within five minutes, to look and to change nothing.`);
}

async function openOne(context: Context, id: string, workItemId: number | undefined, json: boolean): Promise<void> {
  const { print } = context;
  const pages = await pagesOf(context, id, workItemId);
  const next = workItemId === undefined ? undefined : `/items/${id}/${workItemId}`;
  const dashboard = next && (await dashboardOf(context, { access: 'operate', next }, json));
  if (json) return print.json(known({ ...pages, dashboard }));
  const { board, workItem, pullRequest } = pages;
  for (const page of [dashboard, board, workItem, pullRequest]) if (page) print.line(page);
  const first = board ?? workItem;
  if (print.isTerminal && first) show(first);
}

export function openCommand(context: Context): Command {
  return new Command('open')
    .description(
      "print the address of the dashboard with a one-time login, of an agent's board, or of a work item and its pull request; open it if there is a desktop",
    )
    .argument('[id]', 'the agent; the dashboard, and the boards of all agents, if you name none')
    .argument('[workitem]', 'the number of the work item', workItemIdOf)
    .option('--view', 'a login that only looks, for somebody else')
    .option('--json', 'print one JSON document')
    .action(
      (
        id: string | undefined,
        workItemId: number | undefined,
        { json = false, view = false }: { json?: boolean; view?: boolean },
      ) => {
        if (view) return openView(context, json);
        return id === undefined ? openAll(context, json) : openOne(context, id, workItemId, json);
      },
    );
}
