/** `jvagent send`: publishes one message as the person at the keyboard, and waits for the answer to a question. */
import { Command, InvalidArgumentError } from 'commander';
import { agentOf, parseAddress } from '../../broker/address.ts';
import type { Message, MessageDraft } from '../../broker/message.ts';
import { answerIn, answersNone, isQuestion, questionText } from '../../broker/question.ts';
import { isRefusal } from '../../refusal.ts';
import { awaitAnswer, isUp } from '../await-answer.ts';
import type { Context } from '../context.ts';
import { CommandFailure, failureOf, granted } from '../failure.ts';
import { publish } from '../publish.ts';

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
    // Falls through: text that is no JSON is wrong usage as much as JSON that is no object.
  }
  throw new InvalidArgumentError('It must be a JSON object, such as \'{"workItemId": 12}\'.');
}

/** A question that nobody would answer is not asked. */
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

/** Prints the answer; fails, with the reason, where there is none. */
function printAnswer({ print }: Context, answer: Message, json: boolean): void {
  const said = answerIn(answer);
  if (json) print.json(answer);
  else if ('text' in said) print.line(said.text);
  if ('text' in said) return;
  if (json) throw new CommandFailure('');
  throw isRefusal(said)
    ? failureOf(said)
    : new CommandFailure(`${agentOf(answer.from)} gives no answer: ${said.reason}`);
}

async function ask(context: Context, draft: MessageDraft, json: boolean): Promise<void> {
  if (!isUp(context)) {
    throw new CommandFailure('Nobody would answer: the platform is not up. Nothing was sent. Run `jvagent start`.');
  }
  const question = await publish(context, draft);
  if (!question) return;
  context.print.note(`Asked ${question.to}. Ctrl-C stops waiting and leaves the question there.`);
  const stop = new AbortController();
  const leave = () => stop.abort();
  process.once('SIGINT', leave);
  const answer = await awaitAnswer(context, question, stop.signal).finally(() => process.off('SIGINT', leave));
  if (answer) return printAnswer(context, answer, json);
  const agentId = agentOf(question.to);
  throw new CommandFailure(`The question stays. \`jvagent logs ${agentId}\` shows its answer once it is there.`);
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
    .description('publish one message; a running platform sees it within a second, any other when it starts')
    .argument('<address>', 'agent/ID, agent/ID/session/SESSION or slack/TEAM/CHANNEL')
    .argument('<command>', 'such as ask or work.process')
    .argument('[json]', 'the payload, a JSON object', payloadOf)
    .option('--wait', 'with ask: wait for the answer and print it')
    .option('--json', 'print one JSON document: the message, with --wait the answer')
    .action(async (to: string, command: string, payload: Payload | undefined, flags: Flags, self: Command) => {
      if (flags.wait && command !== 'ask')
        self.error('--wait is for ask: no other command is answered.', { exitCode: 2 });
      await send(context, { to, command, ...(payload ? { payload } : {}) }, flags);
    });
}
