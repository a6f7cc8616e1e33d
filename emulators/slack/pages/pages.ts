/**
 * The pages where a person chats with the agents.
 *
 * form -> the same functions as the driver of tests, as the person in the cookie -> back to the page
 */
import { type Context, Hono } from 'hono';
import { csrf } from 'hono/csrf';
import { html } from 'hono/html';
import type { Channel } from '../model.ts';
import { createSlackPerson, type SlackPerson } from '../person.ts';
import type { Slack } from '../slack.ts';
import { directChannel } from '../state.ts';
import { conversation } from './conversation.ts';
import { page, titleOf } from './layout.ts';
import { placePath } from './message.ts';
import { modalMarkup } from './modal.ts';
import { script } from './script.ts';
import { style } from './style.ts';
import { rememberVisitor, visitorIn } from './visitor.ts';

const policy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const filesMax = 5;

const isHere = (path: string) => /^\/(?![/\\])/.test(path);

/** What a form says, with line ends as `\n`. */
const field = (form: FormData, name: string): string => String(form.get(name) ?? '').replaceAll('\r\n', '\n');

async function filesIn(form: FormData): Promise<{ name: string; content: Uint8Array }[]> {
  const given = form.getAll('files').filter((file) => file instanceof File);
  const files = given.filter(({ size }) => size > 0).slice(0, filesMax);
  return Promise.all(
    files.map(async (file) => ({ name: file.name, content: new Uint8Array(await file.arrayBuffer()) })),
  );
}

interface Visit {
  person: SlackPerson;
  channel: Channel;
  thread: string | undefined;
}

/** Who visits which place; undefined where that person may not be. */
function visitOf(slack: Slack, c: Context): Visit | undefined {
  const person = createSlackPerson({ slack }, { user: visitorIn(slack.state, c).id });
  const channel = slack.state.channels.find(
    ({ id, members }) => id === c.req.param('channel') && members.has(person.user.id),
  );
  return channel && { person, channel, thread: c.req.param('thread') };
}

function show(slack: Slack, c: Context, problem?: string) {
  const visit = visitOf(slack, c);
  if (!visit) return c.redirect('/', 303);
  const { person, channel, thread } = visit;
  const title = titleOf(slack.state, channel, person.user);
  const content = html`${problem ? html`<p class="notice" role="alert">${problem}</p>` : ''}
    ${modalMarkup(slack.state, person.views()[0], placePath(channel.id, thread))}
    ${conversation(slack.state, person, channel, thread)}`;
  return c.html(page(slack.state, person.user, title, channel.id, content), problem ? 400 : 200);
}

/** What a form does; `ts` is the message that it belongs to. */
type Act = (visit: Visit, form: FormData, ts: string) => unknown;

async function say({ person, channel, thread }: Visit, form: FormData): Promise<void> {
  const [text, files] = [field(form, 'text'), await filesIn(form)];
  if (text.trim() !== '' || files.length > 0) person.say(channel.id, text, { files, ...(thread && { thread }) });
}

const stop: Act = ({ person, channel, thread = '' }) => person.stop(channel.id, thread);

const react: Act = ({ person, channel }, form, ts) => person.react(channel.id, ts, field(form, 'name'));

const click: Act = ({ person, channel }, form, ts) => {
  const chosen = form.has('chosen') ? { chosen: field(form, 'chosen') } : {};
  return person.click(ts, field(form, 'action'), { channel: channel.id, ...chosen });
};

/** The pages of a Slack. */
export function createPages(slack: Slack): Hono {
  const { state } = slack;
  const app = new Hono();

  /** Does what a form wants, and leads back to the place, or says why it could not be done. */
  const doing = (act: Act) => async (c: Context) => {
    const visit = visitOf(slack, c);
    if (!visit) return c.redirect('/', 303);
    try {
      await act(visit, await c.req.formData(), c.req.param('ts') ?? '');
    } catch (error) {
      return show(slack, c, error instanceof Error ? error.message : String(error));
    }
    const from = new URL(c.req.header('referer') ?? '/', c.req.url).pathname;
    const isThere = from.startsWith(placePath(visit.channel.id)) && c.req.param('ts') !== undefined;
    return c.redirect(isThere ? from : placePath(visit.channel.id, visit.thread), 303);
  };

  app.use(csrf());
  app.use(async (c, next) => {
    await next();
    c.res.headers.set('content-security-policy', policy);
    c.res.headers.set('x-content-type-options', 'nosniff');
  });
  app.get('/_style.css', (c) => c.body(style, 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.get('/_page.js', (c) => c.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8' }));
  app.get('/', (c) => {
    const { id } = visitorIn(state, c);
    const first = state.channels.find(({ members, kind }) => kind !== 'im' && members.has(id));
    return first ? c.redirect(placePath(first.id), 303) : c.text('This person is in no channel.', 404);
  });
  app.post('/acting', async (c) => {
    rememberVisitor(c, field(await c.req.formData(), 'person'));
    return c.redirect('/', 303);
  });
  app.get('/dm/:app', (c) => {
    const channel = directChannel(state, visitorIn(state, c).id, slack.app(c.req.param('app')));
    return c.redirect(placePath(channel.id), 303);
  });
  app.get('/c/:channel', (c) => show(slack, c));
  app.get('/c/:channel/t/:thread', (c) => show(slack, c));
  app.post('/c/:channel/say', doing(say));
  app.post('/c/:channel/t/:thread/say', doing(say));
  app.post('/c/:channel/t/:thread/stop', doing(stop));
  app.post('/c/:channel/m/:ts/react', doing(react));
  app.post('/c/:channel/m/:ts/click', doing(click));
  app.post('/views/:view/:what', async (c) => {
    const form = await c.req.formData();
    const values = Object.fromEntries([...form.keys()].map((name) => [name, field(form, name)]));
    const person = createSlackPerson({ slack }, { user: visitorIn(state, c).id });
    if (c.req.param('what') === 'close') await person.close(c.req.param('view'));
    else await person.submit(c.req.param('view'), values);
    return c.redirect(isHere(values._back ?? '') ? (values._back ?? '/') : '/', 303);
  });
  app.onError((error, c) => c.text(`${error.message}\n`, 400));
  return app;
}
