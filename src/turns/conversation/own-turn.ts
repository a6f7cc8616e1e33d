/**
 * A turn of the engine that nobody waits for: the agent's own rounds at a heartbeat, or an answer to a question that it asked.
 *
 * What it says reaches people only by tools that say so.
 */
import type { Message } from '../../broker/message.ts';
import type { PlatformTool } from '../../tools/tool.ts';
import { endedEntry, stoppedBy } from '../talk/how-ended.ts';
import { brokenBy } from '../talk/resume.ts';
import type { Talk } from '../talk/talk.ts';
import type { Topic } from '../talk/topic.ts';
import { toolsOf } from '../talk/turn-tools.ts';
import { record, type Turn } from '../turn.ts';
import { answerBlock } from './answer-block.ts';
import type { Coming } from './coming.ts';
import { unansweredBy, waitsFor } from './outcome.ts';

const role =
  'You are an agent on the jvagent platform, and nobody waits for this turn. What you write is read by nobody: only tools that say so reach anybody. If there is nothing to do, end your turn at once.';

export const heartbeatLead = (text: string) =>
  `Your heartbeat. Your owner wrote what to look at now; do it, and end your turn.\n\n${text}`;

export const answeredLead =
  'A question that you asked is answered. Go on with what you asked it for, and end your turn.';

export interface OwnTurn {
  /** What to do, in words that a person has trusted. */
  lead: string;
  answers: readonly Message[];
  /** Tools that only this kind of agent has here. */
  tools: readonly PlatformTool[];
}

function topicOf(turn: Turn, { lead, answers, tools }: OwnTurn): Topic {
  const firstLine = `[jvagent] phase=conversation session=${turn.order.sessionId}`;
  return {
    misfit: (conversation) => conversation && brokenBy(conversation),
    setting: async () => ({
      role,
      extraMounts: [],
      builtinTools: ['Read', 'Glob', 'Grep', 'Bash'],
      tools: await toolsOf(turn, { kind: 'conversation' }, tools),
    }),
    words: async () => ({ prompt: [firstLine, lead, ...answers.map(answerBlock)].join('\n\n') }),
  };
}

export function ownTurn(turn: Turn, talk: Talk, own: OwnTurn): Coming {
  const { clock } = turn;
  const topic = topicOf(turn, own);
  return {
    expect: () => talk.expect(topic),
    end: talk.end,
    async take() {
      const closed = await talk.closed();
      if (closed) return waitsFor(closed, clock.now());
      for (const { from, command } of own.answers) {
        await record(turn, { at: clock.now(), kind: 'question', text: `${from}: answered with ${command}` });
      }
      const talked = await talk.on(topic);
      await record(turn, endedEntry(stoppedBy(talked) ?? 'succeeded', talked.ended, clock.now()));
      const left = talked.ended.outcome === 'done' ? undefined : unansweredBy(talked, clock.now());
      return left && 'waits' in left ? left.waits : {};
    },
  };
}
