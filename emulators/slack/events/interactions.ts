/** Buttons and modals: what a person's click sends to the app, what its answer does, and where the app may answer later. */
import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { checkBlocks } from '../api/blocks.ts';
import { SlackError } from '../api/method.ts';
import { change, messageAt, post, remove, shown } from '../messages.ts';
import type { Block, Channel, Ephemeral, Message, OpenView, SlackApp } from '../model.ts';
import { appNamed, appOfBot, newId, nextTs, type State, teamOf, userOf } from '../state.ts';

/** Brings an interaction to an app and gives its answer. */
export type Interact = (app: SlackApp, payload: Record<string, unknown>) => Promise<unknown>;

export type Element = Record<string, unknown> & { type: string; action_id?: string };

const urlMinutes = 30;
const usesMax = 5;

/** A new right to open a modal. */
function newTrigger(state: State, app: string, user: string): string {
  const id = `${Math.trunc(state.clock.now())}.${randomBytes(5).readUIntBE(0, 5)}.${randomBytes(16).toString('hex')}`;
  state.triggers.set(id, { app, user, at: state.clock.now(), isUsed: false });
  return id;
}

function common(state: State, app: SlackApp, user: string): Record<string, unknown> {
  const { name, team } = userOf(state, user);
  return {
    user: { id: user, username: name, name, team_id: team },
    api_app_id: app.id,
    token: app.verificationToken,
    trigger_id: newTrigger(state, app.name, user),
    team: { id: app.team, domain: teamOf(state, app.team).domain },
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** The elements of a block that a person can use, by their place. */
export function elementsOf(block: Block): Element[] {
  const inside = Array.isArray(block.elements) && block.type !== 'rich_text' ? block.elements : [];
  return [...inside, block.accessory, block.element].filter((each) => each?.type && each.type !== 'image');
}

/** The ids that Slack makes up for elements without one. */
export const actionId = (element: Element, n: number): string => element.action_id ?? `action-${n}`;

function findElement(blocks: readonly Block[], wanted: string): { block: Block; element: Element } {
  for (const block of blocks) {
    const element = elementsOf(block).find((each, n) => actionId(each, n) === wanted);
    if (element) return { block, element };
  }
  throw new Error(`the message has no ${wanted} to press`);
}

/** What an element gives when it is used: its own value, or the option that was chosen. */
function given(element: Element, chosen: string | undefined): Record<string, unknown> {
  if (element.type === 'button') return { text: element.text, ...('value' in element && { value: element.value }) };
  const options: { value: string }[] = Array.isArray(element.options) ? element.options : [];
  const option = options.find(({ value }) => value === chosen);
  return option ? { selected_option: option } : { value: chosen };
}

function responseUrl(state: State, app: SlackApp, user: string, channel: string, messageTs: string): string {
  const id = `${app.team}/${randomBytes(6).toString('hex')}/${randomBytes(12).toString('hex')}`;
  state.responseUrls.set(id, { app: app.name, user, channel, messageTs, at: state.clock.now(), uses: 0 });
  return `${state.baseUrl()}/actions/${id}`;
}

/** A person presses a button, or chooses something, in a message. Throws if the app does not take it. */
export async function pressed(
  state: State,
  interact: Interact,
  user: string,
  channel: Channel,
  press: { ts: string; action: string; chosen?: string | undefined },
): Promise<void> {
  const { ts, action, chosen } = press;
  const secret = state.ephemerals.find((each) => each.ts === ts && each.user === user && each.channel === channel.id);
  const message: Message | Ephemeral | undefined = messageAt(channel, ts) ?? secret;
  if (!message) throw new Error(`there is no message ${ts} in ${channel.name}`);
  if (!channel.members.has(user)) throw new Error(`${userOf(state, user).name} is not in ${channel.name}`);
  const app = appOfBot(state, 'from' in message ? message.from : message.user);
  if (!app) throw new Error('only messages of apps have buttons');
  const { block, element } = findElement(message.blocks ?? [], action);
  const isEphemeral = 'from' in message;
  const thread = message.thread_ts ? { thread_ts: message.thread_ts } : {};
  await interact(app, {
    type: 'block_actions',
    ...common(state, app, user),
    container: { type: 'message', message_ts: ts, channel_id: channel.id, is_ephemeral: isEphemeral, ...thread },
    channel: { id: channel.id, name: channel.kind === 'im' ? 'directmessage' : channel.name },
    ...(isEphemeral ? {} : { message: shown(channel, message, true) }),
    state: { values: {} },
    response_url: responseUrl(state, app, user, channel.id, ts),
    actions: [
      {
        action_id: action,
        block_id: block.block_id,
        type: element.type,
        action_ts: nextTs(state, channel),
        ...given(element, chosen),
      },
    ],
  });
}

/** The view as payloads show it. */
export function viewShown(state: State, open: OpenView, values: Record<string, unknown> = {}): Record<string, unknown> {
  const app = appNamed(state, open.app);
  return {
    private_metadata: '',
    callback_id: '',
    clear_on_close: false,
    notify_on_close: false,
    close: null,
    submit: null,
    external_id: '',
    ...open.view,
    id: open.id,
    team_id: app.team,
    app_id: app.id,
    app_installed_team_id: app.team,
    bot_id: app.botId,
    hash: `${Math.trunc(state.clock.now() / 1000)}.${open.id.slice(-6)}`,
    previous_view_id: null,
    root_view_id: open.id,
    state: { values },
  };
}

/** The values of a modal's fields by block and action, from what a person wrote by action or block. */
function stateOf(blocks: readonly Block[], written: Readonly<Record<string, string>>): Record<string, unknown> {
  const rows = blocks
    .filter(({ type }) => type === 'input')
    .map((block) => {
      const [element] = elementsOf(block);
      if (!element) return [];
      const id = actionId(element, 0);
      const value = written[id] ?? written[block.block_id ?? ''];
      const chosen = given(element, value);
      const answer =
        element.type === 'plain_text_input' ? { value: value || null } : { selected_option: null, ...chosen };
      return [block.block_id, { [id]: { type: element.type, ...answer } }];
    });
  return Object.fromEntries(rows);
}

const answerSchema = z.object({
  response_action: z.enum(['errors', 'update', 'clear', 'push']),
  errors: z.record(z.string(), z.string()).optional(),
  view: z.looseObject({ title: z.looseObject({ text: z.string() }), blocks: z.array(z.unknown()) }).optional(),
});

/** A person sends a modal. It closes, unless the app answers with errors or another view. */
export async function submitted(
  state: State,
  interact: Interact,
  open: OpenView,
  written: Readonly<Record<string, string>>,
): Promise<void> {
  const app = appNamed(state, open.app);
  const view = viewShown(state, open, stateOf(open.view.blocks, written));
  const payload = { type: 'view_submission', ...common(state, app, open.user), view, response_urls: [] };
  const answer = answerSchema.safeParse(await interact(app, payload));
  const { response_action, errors = {}, view: next } = answer.success ? answer.data : { response_action: 'clear' };
  if (response_action === 'errors') open.errors = errors;
  else if (next) Object.assign(open, { view: { ...next, blocks: checkBlocks(next.blocks, 'view') }, errors: {} });
  else state.views.delete(open.id);
}

/** A person closes a modal; the app is told if it asked for that. */
export async function closed(state: State, interact: Interact, open: OpenView): Promise<void> {
  state.views.delete(open.id);
  if (open.view.notify_on_close !== true) return;
  const app = appNamed(state, open.app);
  const view = viewShown(state, open);
  await interact(app, { type: 'view_closed', ...common(state, app, open.user), view, is_cleared: false });
}

const later = z.looseObject({
  text: z.string().optional(),
  blocks: z.array(z.unknown()).optional(),
  replace_original: z.boolean().optional(),
  delete_original: z.boolean().optional(),
  response_type: z.enum(['in_channel', 'ephemeral']).optional(),
  thread_ts: z.string().optional(),
});

function carryOut(
  state: State,
  app: SlackApp,
  user: string,
  channel: Channel,
  ts: string,
  said: z.output<typeof later>,
) {
  const { text = '', replace_original, delete_original, response_type, thread_ts } = said;
  const blocks = said.blocks ? checkBlocks(said.blocks) : undefined;
  const message = messageAt(channel, ts);
  const secrets = state.ephemerals.filter((each) => each.ts === ts && each.channel === channel.id);
  if (delete_original || replace_original) {
    state.ephemerals = state.ephemerals.filter((each) => !secrets.includes(each));
    if (message && delete_original) return remove(state, channel, message);
    if (message) return change(state, channel, message, { text, blocks: blocks ?? [] }, app.botUser);
    if (delete_original) return;
  }
  const thread = thread_ts ? { thread_ts } : {};
  if (response_type === 'in_channel' && !secrets.length) {
    return void post(state, channel, { user: app.botUser, text, blocks, thread: thread_ts });
  }
  const at = { channel: channel.id, user, from: app.botUser, ts: nextTs(state, channel) };
  state.ephemerals.push({ ...at, text, ...(blocks && { blocks }), ...thread });
}

/** The addresses where apps answer an interaction later. */
export function responseRoutes(state: State): Hono {
  const routes = new Hono();
  routes.post('/:team/:a/:b', async (c: Context) => {
    const id = `${c.req.param('team')}/${c.req.param('a')}/${c.req.param('b')}`;
    const url = state.responseUrls.get(id);
    const channel = state.channels.find((each) => each.id === url?.channel);
    if (!url || !channel) return c.json({ ok: false, error: 'invalid_url' }, 404);
    const isOver = state.clock.now() - url.at > urlMinutes * 60_000;
    if (isOver) return c.json({ ok: false, error: 'expired_url' }, 404);
    if (url.uses >= usesMax) return c.json({ ok: false, error: 'used_url' }, 404);
    const said = later.safeParse(await c.req.json().catch(() => undefined));
    if (!said.success) return c.json({ ok: false, error: 'invalid_payload' }, 400);
    url.uses += 1;
    try {
      carryOut(state, appNamed(state, url.app), url.user, channel, url.messageTs, said.data);
    } catch (error) {
      if (error instanceof SlackError) return c.json({ ok: false, error: error.code, ...error.extra }, 500);
      throw error;
    }
    return c.json({ ok: true });
  });
  return routes;
}

/** A new open modal. */
export function openView(state: State, app: string, user: string, view: OpenView['view']): OpenView {
  const blocks = view.blocks.map((block) => ({ ...block, block_id: block.block_id ?? newId('').slice(1, 6) }));
  const open: OpenView = { id: newId('V'), app, user, view: { ...view, blocks }, errors: {} };
  state.views.set(open.id, open);
  return open;
}
