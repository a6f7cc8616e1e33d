/** A person of the demo asks the docs agent in Slack, and waits for its answer in the thread. */
import { docsQuestion } from '../../../emulators/demo-repository/talk-script.ts';
import { createSlackPerson } from '../../../emulators/slack/person.ts';
import type { Emulators } from '../../../emulators/start.ts';
import type { Clock } from '../../base/clock.ts';

export interface DocsAnswer {
  question: string;
  /** Undefined if none came in time. */
  answer: string | undefined;
}

/** Slack's three entities, as its API gives a text. */
const plain = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const channel = 'docs';
const lookMs = 100;
const secondsMax = 120;

/** What the docs agent answers to a question about this product's own documentation. */
export async function askDocs({ slack }: Emulators, clock: Clock, signal: AbortSignal): Promise<DocsAnswer> {
  const pat = createSlackPerson({ slack }, { user: 'pat' });
  const question = docsQuestion('approval');
  const until = clock.now() + secondsMax * 1_000;
  const thread = pat.say(channel, `@agent ${question}`);
  const answers = () => pat.messages(channel, { thread }).filter(({ user }) => user === slack.app().botUser);
  while (answers().length === 0 && clock.now() < until && !signal.aborted) await clock.sleep(lookMs, signal);
  const [first] = answers();
  return { question, answer: first && plain(first.text) };
}

/** How often the work item's thread in the status channel was told of a step. */
export function statusPosts({ slack }: Emulators): number {
  const erin = createSlackPerson({ slack }, { user: 'erin' });
  const isOurs = ({ user }: { user: string }) => user === slack.app().botUser;
  const roots = erin.messages('acme-status').filter(isOurs);
  return roots.reduce((sum, { ts }) => sum + erin.messages('acme-status', { thread: ts }).filter(isOurs).length, 0);
}
