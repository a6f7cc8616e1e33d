/** `jvagent send`: sends one message as the person at the keyboard, and can wait for the answer to a question. */
import { Command, InvalidArgumentError } from 'commander';
import { agentOf, parseAddress } from '../../broker/address.ts';
import type { Message, MessageDraft } from '../../broker/message.ts';
import { answerIn, answersNone, isQuestion, questionText } from '../../broker/question.ts';
import { isRefusal } from '../../refusal.ts';
import type { Context } from '../context.ts';
import { CommandFailure, failureOf, granted } from '../failure.ts';
import { publish } from '../publish.ts';
import { isUp } from '../status-facts.ts';
import { awaitAnswer } from '../waiting/await-answer.ts';

interface Flags {
  wait?: boolean;
  json?: boolean;
}

type Payload = Record<string, unknown>;

function payloadOf(text: string): Payload {
  try {
    const payload: unknown = JSON.parse(text);
    if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) return { ...payload };
  } catch {
    // Falls through: text that is not JSON is wrong usage, as is JSON that is not an object.
  }
  throw new InvalidArgumentError('Use a JSON object, such as \'{"workItemId": 12}\'.');
}

/** Refuses a question that nobody would answer. */
function checkQuestion(context: Context, { to, command, payload = {} }: MessageDraft): void {
  granted(questionText({ command, payload }));
  const address = granted(parseAddress(to));
  if (address.kind === 'slack') return;
  const { agentId } = address;
  const state = context.agent(agentId);
  if ('agent' in state && state.agent.kind === 'code-change') {
    throw failureOf(answersNone(agentId));
  }
}

/** Prints the answer; fails with the reason if there is none. */
function printAnswer({ print }: Context, answer: Message, json: boolean): void {
  const said = answerIn(answer);
  if (json) print.json(answer);
  else if ('text' in said) print.line(said.text);
  if ('text' in said) return;
  if (json) throw new CommandFailure('');
  throw isRefusal(said)
    ? failureOf(said)
    : new CommandFailure(`${agentOf(answer.from)} gave no answer: ${said.reason}`);
}

async function ask(context: Context, draft: MessageDraft, json: boolean): Promise<void> {
  if (!(await isUp(context))) {
    throw new CommandFailure(
      'Nothing was sent: the platform is not running, so nobody would answer. Run `jvagent start`.',
    );
  }
  const question = await publish(context, draft);
  if (!question) return;
  context.print.note(`Asked ${question.to}. Press Ctrl-C to stop waiting; the question stays there.`);
  const stop = new AbortController();
  const leave = () => stop.abort();
  process.once('SIGINT', leave);
  const answer = await awaitAnswer(context, question, stop.signal).finally(() => process.off('SIGINT', leave));
  if (answer) return printAnswer(context, answer, json);
  const agentId = agentOf(question.to);
  throw new CommandFailure(
    `Stopped waiting. The question stays there; \`jvagent logs ${agentId}\` will show its answer.`,
  );
}

async function send(context: Context, draft: MessageDraft, { wait = false, json = false }: Flags): Promise<void> {
  if (isQuestion(draft)) checkQuestion(context, draft);
  if (wait) return ask(context, draft, json);
  const message = await publish(context, draft);
  if (json) context.print.json(message);
  else context.print.line(`Sent ${message?.id} to ${message?.to}.`);
}

export function sendCommand(context: Context): Command {
  return new Command('send')
    .description('send a message to an agent; if the platform is not running, it is delivered at the next start')
    .argument('<address>', 'agent/ID, agent/ID/session/SESSION or slack/TEAM/CHANNEL')
    .argument('<command>', 'such as ask or work.process')
    .argument('[json]', 'the payload as a JSON object', payloadOf)
    .option('--wait', 'with `ask`: wait for the answer and print it')
    .option('--json', 'print one JSON document: the message, or with --wait the answer')
    .action(async (to: string, command: string, payload: Payload | undefined, flags: Flags, self: Command) => {
      if (flags.wait && command !== 'ask')
        self.error('--wait works only with the command ask: no other command is answered.', { exitCode: 2 });
      await send(context, { to, command, ...(payload ? { payload } : {}) }, flags);
    });
}
