/**
 * One turn of the engine in a Slack thread, as its steps.
 *
 * what was said -> may the model be asked? -> what was said before -> the talk with the engine -> it spoke, asked or chose silence;
 * else, where people wait, once more, with a hint; else the platform says in the thread that there is no answer.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { known as withoutUndefined } from '../../base/known.ts';
import type { Message } from '../../broker/message.ts';
import type { Heard } from '../../conversations/heard.ts';
import type { SayIntent } from '../../conversations/say.ts';
import type { TurnRest } from '../../ipc/protocol.ts';
import { limits } from '../../limits.ts';
import { type Code, isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { createThreadTools } from '../../tools/shipped/thread.ts';
import type { PlatformTool } from '../../tools/tool.ts';
import { endedEntry, stoppedBy } from '../talk/how-ended.ts';
import { brokenBy } from '../talk/resume.ts';
import type { Talk } from '../talk/talk.ts';
import type { Topic } from '../talk/topic.ts';
import { toolsOf } from '../talk/turn-tools.ts';
import { record, type Turn, warn } from '../turn.ts';
import type { Coming } from './coming.ts';
import { createLiveStatus } from './live-status.ts';
import { type Unanswered, unansweredBy, waitsFor } from './outcome.ts';
import { unanswered } from './prompt.ts';
import { type SaidBefore, saidBefore } from './said-before.ts';
import type { Speech } from './speech.ts';
import { addressedLead, answeredLead, overheardLead, threadPrompt, threadRole } from './thread-prompt.ts';
import { readUpload } from './upload.ts';

/** What a turn in a thread has besides the turn itself. */
export interface ThreadParts {
  speech: Speech;
  /** Tools that only this kind of agent has here. */
  tools: readonly PlatformTool[];
}

/** What the turn is about; one of the two is not empty. */
export interface SaidToAgent {
  /** Oldest first. */
  heard: readonly Heard[];
  /** To what the agent asked other agents. */
  answers: readonly Message[];
}

/** A thread that is being answered, and whether the turn has had its last word. */
interface Thread extends ThreadParts, SaidToAgent {
  isSettled: boolean;
}

/** Its own, empty at first: what it writes there it can upload. */
const treeIn = (runDir: string) => join(runDir, 'tree');

const builtinTools = ['Read', 'Glob', 'Grep', 'Bash', 'Write'];

export function threadTurn(turn: Turn, talk: Talk, given: SaidToAgent, parts: ThreadParts): Coming {
  const thread: Thread = { ...parts, ...given, isSettled: false };
  const topic = topicOf(turn, thread, leadOf(thread));
  return { expect: () => talk.expect(topic), take: () => speak(turn, talk, thread, topic), end: talk.end };
}

async function speak(turn: Turn, talk: Talk, thread: Thread, topic: Topic): Promise<TurnRest> {
  const { heard, answers, speech } = thread;
  const closed = await talk.closed();
  if (closed) return waitsFor(closed, turn.clock.now());
  const lines = heard.map(({ user, userName = user, text }) => `slack/${userName.replace(/\s+/g, '.')}: ${text}`);
  lines.push(...answers.map(({ from, command }) => `${from}: answered with ${command}`));
  await record(turn, ...lines.map((text) => ({ at: turn.clock.now(), kind: 'question', text })));
  const isAwaited = heard.some(({ isAddressed }) => isAddressed);
  const first = await tryToSpeak(turn, talk, thread, topic);
  const again = first && 'again' in first && isAwaited ? topicOf(turn, thread, unanswered(first.again)) : undefined;
  const last = again ? await tryToSpeak(turn, talk, thread, again) : first;
  if (!last) return {};
  if ('waits' in last) return last.waits;
  if (isAwaited) await tellWhyNot(turn, speech, 'failed' in last ? last.failed.refused : 'ATTEMPTS');
  return {};
}

function leadOf({ heard }: Thread): string {
  if (heard.length === 0) return answeredLead;
  return heard.some(({ isAddressed }) => isAddressed) ? addressedLead : overheardLead;
}

/** Undefined once the turn has had its last word. */
async function tryToSpeak(turn: Turn, talk: Talk, thread: Thread, topic: Topic): Promise<Unanswered | undefined> {
  const talked = await talk.on(topic);
  const now = turn.clock.now();
  const how = thread.isSettled ? 'succeeded' : (stoppedBy(talked) ?? 'failed');
  await record(turn, endedEntry(how, talked.ended, now));
  return thread.isSettled ? undefined : unansweredBy(talked, now);
}

function topicOf(turn: Turn, thread: Thread, lead: string): Topic {
  const { heard, answers, speech } = thread;
  const { sessionId, about = [] } = turn.order;
  let known = turn.order.conversation?.about;
  return {
    misfit: (conversation) => conversation && brokenBy(conversation),
    heard: createLiveStatus(turn.clock.now, speech.status).heard,
    // How far the thread was read.
    about: () => heard.at(-1)?.ts ?? known,
    async setting(runDir) {
      const tree = treeIn(runDir);
      mkdirSync(tree, { mode: 0o700 });
      return {
        role: threadRole,
        tree: { path: tree, writable: true, readOnlyPaths: [] },
        extraMounts: [],
        builtinTools,
        tools: await toolsOf(turn, { kind: 'conversation' }, [...toolsIn(turn, thread, tree), ...thread.tools]),
      };
    },
    async words({ conversation, isCut }) {
      known = conversation?.about;
      const before = await earlierIn(turn, speech, heard, known);
      const words = { sessionId, lead, before, isLater: conversation !== undefined, heard, about, answers };
      return { prompt: threadPrompt(words, isCut ? limits.promptCharsCut : limits.promptCharsMax) };
    },
  };
}

/** A thread that cannot be read is answered from what was said to the agent itself. */
async function earlierIn(
  turn: Turn,
  speech: Speech,
  heard: readonly Heard[],
  seenUntil: string | undefined,
): Promise<SaidBefore> {
  const before = await saidBefore(speech, heard, seenUntil);
  if (!isRefusal(before)) return before;
  await warn(turn, `the thread could not be read: ${before.refused}: ${before.why}`);
  return { messages: [], isCut: false };
}

const spokeAlready = () =>
  refuse('TOOL_UNAVAILABLE', 'this turn has had its `reply`, `ask` or `no-reply`', 'Nothing to do: end your turn.');

function toolsIn(turn: Turn, thread: Thread, tree: string): PlatformTool[] {
  const { speech, heard } = thread;
  async function lastWord(intent: SayIntent): Promise<Refusal | undefined> {
    if (thread.isSettled) return spokeAlready();
    const refusal = await speech.say(intent);
    thread.isSettled ||= refusal === undefined;
    return refusal;
  }
  return createThreadTools({
    reply: (text) => lastWord({ kind: 'reply', text }),
    ask: (text, options) => lastWord({ kind: 'ask', text, ...(options ? { options } : {}) }),
    async noReply(reason) {
      if (thread.isSettled) return spokeAlready();
      await record(turn, { at: turn.clock.now(), kind: 'no-reply', text: reason });
      thread.isSettled = true;
      return undefined;
    },
    react: (name) => speech.say({ kind: 'react', name, ...withoutUndefined({ ts: heard.at(-1)?.ts }) }),
    async upload(path, title) {
      const { shown } = await turn.worker.folders.engine();
      const file = readUpload({ tree, shown }, path, turn.redact);
      if (isRefusal(file)) return file;
      return speech.say({
        kind: 'upload',
        title: turn.redact(title),
        name: file.name,
        content: file.bytes.toString('base64'),
      });
    },
    read: (page) => speech.read(page),
  });
}

/** In words that hold nothing of what went wrong inside; the log tells it. */
const reasons: Partial<Record<Code, string>> = {
  TURN_TIME: 'it took too long',
  STALLED: 'the model went silent',
  BUDGET_TURN: 'it would have cost more than one turn may',
  MODEL_REFUSED: 'the model refused it',
};

async function tellWhyNot(turn: Turn, speech: Speech, code: Code): Promise<void> {
  const { agent, order } = turn;
  const why = reasons[code] ?? 'my turn ended without an answer';
  const text = `I have no answer: ${why}. Please ask again. Operators: \`jvagent logs ${agent.id} ${order.sessionId}\` tells more.`;
  await record(turn, { at: turn.clock.now(), kind: 'ask.failed', text: `${code}: ${why}` });
  const refusal = await speech.say({ kind: 'reply', text });
  if (refusal) await warn(turn, `the thread was not told: ${refusal.refused}: ${refusal.why}`);
}
