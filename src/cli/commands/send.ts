/** `jvagent send`: publishes one message as the person at the keyboard. */
import { Command, InvalidArgumentError } from 'commander';
import type { Context } from '../context.ts';
import { publish } from '../publish.ts';

function payloadOf(text: string): Record<string, unknown> {
  try {
    const payload: unknown = JSON.parse(text);
    if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) return { ...payload };
  } catch {
    // Falls through: text that is no JSON is wrong usage as much as JSON that is no object.
  }
  throw new InvalidArgumentError('It must be a JSON object, such as \'{"workItemId": 12}\'.');
}

export function sendCommand(context: Context): Command {
  return new Command('send')
    .description('publish one message; a running platform sees it within a second, any other when it starts')
    .argument('<address>', 'agent/ID, agent/ID/session/SESSION or slack/TEAM/CHANNEL')
    .argument('<command>', 'such as work.process')
    .argument('[json]', 'the payload, a JSON object', payloadOf)
    .option('--json', 'print the message as one JSON document')
    .action(async (to: string, command: string, payload: Record<string, unknown> | undefined, { json = false }) => {
      const message = await publish(context, { to, command, ...(payload ? { payload } : {}) });
      if (json) context.print.json(message);
      else context.print.line(`Sent ${message?.id} to ${message?.to}.`);
    });
}
