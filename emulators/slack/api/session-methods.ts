/** What Slack shows of an agent at work: a line under the thread, and the state of its session. */
import { z } from 'zod';
import { messageAt } from '../messages.ts';
import type { AgentSession } from '../model.ts';
import type { State } from '../state.ts';
import { arg, type Call, type Method, memberChannel, method, refuse } from './method.ts';

const states = ['active', 'processing', 'suspended', 'closed'];
const lineCharsMax = 200;

/** The session of this app in a thread; made if it is the first. */
function sessionOf(call: Call<{ channel_id: string; thread_ts?: string | undefined }>): AgentSession {
  const { state, app, args } = call;
  const channel = memberChannel(call, args.channel_id);
  if (!args.thread_ts) return refuse('invalid_arguments', '[ERROR] missing required field: thread_ts');
  if (!messageAt(channel, args.thread_ts)) return refuse('thread_not_found');
  const key = `${app.name} ${channel.id} ${args.thread_ts}`;
  const session = state.sessions.get(key) ?? { channel: channel.id, thread: args.thread_ts, app: app.name, line: '' };
  state.sessions.set(key, session);
  return session;
}

const place = z.object({ channel_id: arg.text, thread_ts: arg.text.optional() });
const title = z.string().min(1).max(200);

/** Sets the state of a session, for the stop of a stream too. */
export function setStatus(session: AgentSession, status: string, name?: string): void {
  if (!states.includes(status))
    refuse('invalid_arguments', '[ERROR] status must be one of active, processing, suspended, closed');
  if (session.title === undefined && name !== undefined) session.title = name;
  session.status = status;
  if (status !== 'processing') session.line = '';
}

export const sessionIn = (state: State, app: string, channel: string, thread: string): AgentSession | undefined =>
  state.sessions.get(`${app} ${channel} ${thread}`);

export const sessionMethods: Record<string, Method> = {
  'agents.sessions.setStatus': method(
    'chat:write assistant:write',
    place.extend({ status: arg.text, title: title.optional(), initiator_user_id: arg.text.optional() }),
    (call) => {
      const session = sessionOf(call);
      setStatus(session, call.args.status, call.args.title);
      return { status: session.status, ...(session.title && { title: session.title }) };
    },
  ),
  'agents.sessions.rename': method('chat:write assistant:write', place.extend({ title }), (call) => {
    sessionOf(call).title = call.args.title;
    return {};
  }),
  'assistant.threads.setStatus': method(
    'chat:write assistant:write',
    place.extend({
      status: z.string().max(lineCharsMax),
      loading_messages: arg.json(z.array(z.string()).max(10)).optional(),
    }),
    (call) => {
      sessionOf(call).line = call.args.status;
      return {};
    },
  ),
};
