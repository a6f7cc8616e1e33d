/** What the engine is told in a Slack thread: who said what and when, each as data; first what was said without the agent. */
import { dataBlock } from '../../base/data-block.ts';
import type { Message } from '../../broker/message.ts';
import { type Heard, speakerOf, timeOf } from '../../conversations/heard.ts';
import type { ThreadMessage } from '../../conversations/thread.ts';
import { cutText } from '../../documents/cut.ts';
import { answerBlock } from './answer-block.ts';
import type { SaidBefore } from './said-before.ts';

/** What an agent is here for in Slack, before its own instructions. */
export const threadRole =
  'You are an agent on the jvagent platform, in a Slack thread with people. What you write is read by nobody, except what you give to these tools: `reply` answers in the thread, `ask` puts one question to the people there, `react` puts an emoji on the last message, `upload` puts a file into the thread. `no-reply` ends your turn in silence and says why in your log. Each turn has one `reply`, `ask` or `no-reply`; after it, end your turn. Answer the people, in their language, without your reasoning. Only tools that say so change anything outside.';

export const addressedLead =
  'People in the thread wait for you. Find out what you need, then call `reply` once with the whole answer, or `ask` with one question, or `no-reply` with the reason, and end your turn.';

export const overheardLead =
  'This was said in your thread, and not clearly to you. Call `reply` if it helps the people there, else `no-reply` with the reason, and end your turn.';

export const answeredLead =
  'What you asked another agent is answered. Call `reply` if the people in the thread are to know, else `no-reply` with the reason, and end your turn.';

export interface ThreadWords {
  sessionId: string;
  lead: string;
  /** Oldest first: what was said in the thread that the agent was not given. */
  before: SaidBefore;
  /** Whether the agent has been told of the thread before. */
  isLater: boolean;
  /** Oldest first. */
  heard: readonly Heard[];
  /** What the platform knows of what the thread is about. */
  about: readonly { label: string; text: string }[];
  /** To what the agent asked other agents. */
  answers: readonly Message[];
}

const withFiles = (text: string, files: readonly { name: string }[]) =>
  files.length === 0 ? text : `${text}\n[files: ${files.map(({ name }) => name).join(', ')}]`;

function heardBlock(message: Heard, charsMax: number): string {
  const { ts, text, files } = message;
  return dataBlock(`message of ${speakerOf(message)}, ${timeOf(ts)}`, cutText(withFiles(text, files), charsMax));
}

function earlierBlock({ user, name, ts, text, files, isOurs, isBot }: ThreadMessage, charsMax: number): string {
  const known = name === undefined ? user : `${name} (${user})`;
  const who = isOurs ? 'yourself' : isBot ? `the bot ${known}` : known;
  return dataBlock(`message of ${who}, ${timeOf(ts)}`, cutText(withFiles(text, files), charsMax));
}

const blockChars = 200;
const earlierCharsMax = 4_000;

/** The thread's first message, and of the others the newest that have room. */
function earlierBlocks({ messages, isCut }: SaidBefore, charsMax: number): string[] {
  const [root, ...rest] = messages;
  if (!root) return [];
  const first = earlierBlock(root, earlierCharsMax);
  const kept: string[] = [];
  let room = charsMax - first.length - blockChars;
  for (const message of rest.toReversed()) {
    const block = earlierBlock(message, earlierCharsMax);
    room -= block.length;
    if (room < 0) break;
    kept.unshift(block);
  }
  const left = rest.length - kept.length;
  const count = isCut ? 'Some messages of this long thread' : `${left} messages`;
  const note = `[${count} are left out here; \`slack-thread\` shows them.]`;
  return [first, ...(left > 0 || isCut ? [note] : []), ...kept];
}

/** At most about `charsMax` characters of other people's words; what is said to the agent comes before what was said earlier. */
export function threadPrompt(words: ThreadWords, charsMax: number): string {
  const { sessionId, lead, before, isLater, heard, about, answers } = words;
  const eachMax = Math.max(blockChars, Math.floor(charsMax / Math.max(1, heard.length)));
  const said = heard.map((message) => heardBlock(message, eachMax));
  const used = said.reduce((sum, block) => sum + block.length, 0);
  const earlier = earlierBlocks(before, Math.min(charsMax - used, Math.floor(charsMax / 2)));
  const heading = isLater ? 'Said in the thread meanwhile, not to you:' : 'Said in the thread before:';
  return [
    `[jvagent] phase=conversation session=${sessionId}`,
    lead,
    ...about.map(({ label, text }) => dataBlock(label, text)),
    ...(earlier.length > 0 ? [heading, ...earlier] : []),
    ...answers.map(answerBlock),
    ...(said.length > 0 ? ['Said now:', ...said] : []),
  ].join('\n\n');
}
