/** Messages of Slack: what is sent, found again, changed and deleted. */
import { OutsideError } from '../../../src/base/errors.ts';
import type { Outgoing } from '../../../src/conversations/outgoing.ts';
import { type Fact, judge, notTried, type Verdict } from '../fact.ts';
import type { SlackChannel } from '../places/slack.ts';
import { pick, rowsOf } from '../raw.ts';

const send = 'src/connectors/slack/send.ts';
const reads = 'src/connectors/slack/reads.ts';
const sendLoop = 'src/supervisor/slack/send-loop.ts';

const post = ({ run }: SlackChannel, text: string): Outgoing => ({ kind: 'post', text: `${run} ${text}` });

async function posted(slack: SlackChannel, text: string, root?: string) {
  const what = post(slack, text);
  const { ts = '', id } = await slack.send(what, root);
  return { what, ts, id };
}

/** The message of that time, as the thread that it begins or is in shows it. */
async function messageAt(slack: SlackChannel, ts: string, root = ts): Promise<unknown> {
  const { messages } = await (await slack.reads()).page({ channel: slack.channel, root, limit: 100 });
  return messages.find((message) => message.ts === ts);
}

const wordsIn = (answer: unknown) => (pick(answer, 'ok') === true ? 'ok' : String(pick(answer, 'error')));

interface SlackFact extends Omit<Fact<'slack'>, 'needs' | 'try'> {
  tried(slack: SlackChannel): Promise<Verdict>;
}

const ofSlack = ({ tried, ...fact }: SlackFact): Fact<'slack'> => {
  return { ...fact, needs: ['slack'], try: ({ slack }) => tried(slack) };
};

const all: SlackFact[] = [
  {
    id: 'slack-identity',
    fact: 'The bot token is told its workspace, its user and its scopes.',
    source: 'documented',
    usedIn: reads,
    async tried(slack) {
      const { team, botUser } = await slack.identity();
      const scopes = await (await slack.reads()).scopes();
      return judge(team !== '' && botUser !== '' && scopes.length > 0, `${scopes.length} scopes`);
    },
  },
  {
    id: 'slack-found-again',
    fact: 'A message whose answer was lost is found again by the id in its metadata, in a channel and in a thread.',
    source: 'assumed',
    usedIn: send,
    async tried(slack) {
      const root = await posted(slack, 'found');
      const answer = await posted(slack, 'found in a thread', root.ts);
      const inChannel = await slack.find(root.id, root.what);
      const inThread = await slack.find(answer.id, answer.what, root.ts);
      const none = await slack.find(`${slack.run}-none`, root.what);
      const isSo = inChannel?.ts === root.ts && inThread?.ts === answer.ts && none === undefined;
      return judge(isSo, `in the channel ${inChannel?.ts ?? 'not'}, in the thread ${inThread?.ts ?? 'not'}`);
    },
  },
  {
    id: 'slack-thread',
    fact: 'The bot token reads a thread of the channel, its first message first.',
    source: 'reported',
    usedIn: reads,
    async tried(slack) {
      const root = await posted(slack, 'thread');
      const answer = await posted(slack, 'answer', root.ts);
      const page = { channel: slack.channel, root: root.ts, limit: 20 };
      const times = (await (await slack.reads()).page(page)).messages.map(({ ts }) => ts);
      return judge(times[0] === root.ts && times[1] === answer.ts, `${times.length} messages`);
    },
  },
  {
    id: 'slack-thread-by-answer',
    fact: 'A thread that is asked for by the time of an answer shows only that answer.',
    source: 'reported',
    usedIn: 'src/conversations/slack-event.ts',
    async tried(slack) {
      const root = await posted(slack, 'by answer');
      const answer = await posted(slack, 'answer', root.ts);
      await posted(slack, 'second answer', root.ts);
      const seen = await slack.call('conversations.replies', { channel: slack.channel, ts: answer.ts });
      const times = rowsOf(pick(seen, 'messages')).map((message) => pick(message, 'ts'));
      return judge(times.length === 1 && times[0] === answer.ts, `${wordsIn(seen)}, ${times.length} messages`);
    },
  },
  {
    id: 'slack-edit',
    fact: 'An edited message keeps its time, has the new words, and is marked as edited.',
    source: 'documented',
    usedIn: send,
    async tried(slack) {
      const { ts, id, what } = await posted(slack, 'first words');
      await slack.send({ ...post(slack, 'second words'), kind: 'edit', of: ts } as Outgoing);
      const message = await messageAt(slack, ts);
      const text = String(pick(message, 'text'));
      const kept = (await slack.find(id, what))?.ts === ts ? 'keeps' : 'loses';
      const isSo = text.includes('second words') && pick(message, 'edited') !== undefined;
      return judge(isSo, `${JSON.stringify(text)}; it ${kept} its metadata`);
    },
  },
  {
    id: 'slack-words',
    fact: 'Words that look like a mention of everybody, of a person or like a hidden link stay words.',
    source: 'documented',
    usedIn: 'src/connectors/slack/written.ts',
    async tried(slack) {
      const { ts } = await posted(slack, '<!channel> <@U0000000> <https://example.com|Azure DevOps>');
      const message = await messageAt(slack, ts);
      const [text, blocks] = [String(pick(message, 'text')), JSON.stringify(pick(message, 'blocks') ?? [])];
      const isActive = /<!channel|<@U|<https/.test(text) || /"type":"(broadcast|user)"/.test(blocks);
      return judge(!isActive, text);
    },
  },
  {
    id: 'slack-long',
    fact: 'A message of 11,000 characters, near the most that the product sends at once, is taken.',
    source: 'reported',
    usedIn: 'src/documents/slack.ts',
    async tried(slack) {
      const { ts } = await posted(slack, 'words and more words '.repeat(524));
      return judge(ts !== '', ts);
    },
  },
  {
    id: 'slack-too-long',
    fact: 'Blocks of more than 13,200 characters are refused as a whole, not cut.',
    source: 'reported',
    usedIn: 'src/documents/slack.ts',
    async tried(slack) {
      const section = (n: number) => ({ type: 'section', text: { type: 'plain_text', text: `${n}`.repeat(2_900) } });
      const blocks = [1, 2, 3, 4, 5, 6].map(section);
      const seen = await slack.call('chat.postMessage', { channel: slack.channel, text: `${slack.run} long`, blocks });
      return judge(pick(seen, 'error') === 'msg_blocks_too_long', wordsIn(seen));
    },
  },
  {
    id: 'slack-deleted-twice',
    fact: 'What is deleted already is refused as message_not_found, which the product takes for done.',
    source: 'documented',
    usedIn: send,
    async tried(slack) {
      const { ts } = await posted(slack, 'deleted');
      await slack.send({ kind: 'delete', of: ts });
      const again = await slack.call('chat.delete', { channel: slack.channel, ts });
      await slack.send({ kind: 'delete', of: ts });
      return judge(pick(again, 'error') === 'message_not_found', wordsIn(again));
    },
  },
  {
    id: 'slack-history-pace',
    fact: 'Three reads of a channel within a minute are let through: the app counts as internal.',
    source: 'documented',
    usedIn: 'src/supervisor/slack/catch-up.ts',
    async tried(slack) {
      const all = await slack.reads();
      const counts: number[] = [];
      try {
        for (let n = 0; n < 3; n += 1) {
          counts.push((await all.page({ channel: slack.channel, limit: 100 })).messages.length);
        }
      } catch (error) {
        if (!(error instanceof OutsideError) || error.facts.kind !== 'limited') throw error;
        return judge(false, `refused after ${counts.length}: ${error.message}`);
      }
      return judge(true, `${counts.join(', ')} messages`);
    },
  },
  {
    id: 'slack-burst',
    fact: 'Five messages at once are taken, or refused with how long to wait.',
    source: 'documented',
    usedIn: sendLoop,
    async tried(slack) {
      const seen: string[] = [];
      for (let n = 1; n <= 5; n += 1) {
        const text = `${slack.run} burst ${n}`;
        const answer = await slack
          .call('chat.postMessage', { channel: slack.channel, text })
          .catch((error: unknown) => {
            if (error instanceof OutsideError && error.facts.kind === 'limited') return error.facts;
            throw error;
          });
        const waitMs = pick(answer, 'retryAfterMs');
        seen.push(typeof pick(answer, 'ts') === 'string' ? 'taken' : `wait ${waitMs ?? 'unknown'} ms`);
        if (waitMs !== undefined) break;
      }
      return judge(
        seen.every((one) => /^(taken|wait \d+ ms)$/.test(one)),
        seen.join(', '),
      );
    },
  },
  {
    id: 'slack-socket',
    fact: 'The app token is given an address for events.',
    source: 'documented',
    usedIn: 'src/connectors/slack/socket.ts',
    async tried(slack) {
      if (slack.socketAddress === undefined) return notTried('SLACK_APP_TOKEN is not set');
      const address = await slack.socketAddress();
      return judge(/^wss?:/.test(address), address === '' ? 'no address' : 'an address');
    },
  },
  {
    id: 'slack-session',
    fact: 'An app that may show its state does so at a thread; without that scope nothing is tried.',
    source: 'documented',
    usedIn: send,
    async tried(slack) {
      const { hasSessions } = await slack.identity();
      if (!hasSessions) return notTried('the app has no scope assistant:write');
      const { ts } = await posted(slack, 'session');
      await slack.send({ kind: 'session', status: 'processing', text: 'is being tried' }, ts);
      await slack.send({ kind: 'session', status: 'active', text: '' }, ts);
      return judge(true, 'taken');
    },
  },
];

export const slackFacts: readonly Fact<'slack'>[] = all.map(ofSlack);
