/** An address of the dashboard that logs in once: the platform that runs is asked for it. */
import { z } from 'zod';
import { messageOf } from '../base/errors.ts';
import type { Context } from './context.ts';
import { runningNode } from './status-facts.ts';

export interface LoginWish {
  readonly access: 'view' | 'operate';
  /** The page to show then. */
  readonly next?: string;
}

const answerSchema = z.object({ url: z.url({ protocol: /^http$/ }) });

/** What is asked for, or why it cannot be had, in one sentence with the way out. */
export async function loginUrl(context: Context, wish: LoginWish): Promise<{ url: string } | { cannot: string }> {
  const node = runningNode(context);
  if (!node) {
    return { cannot: 'The dashboard is not there, because no platform runs. Start it with `jvagent start`.' };
  }
  if (!node.url) return { cannot: 'The platform that runs has no dashboard. Stop it and start it again.' };
  const { apiToken } = context.settings();
  if (!apiToken) {
    const fix = '`jvagent doctor` says what to add to .env; then start the platform again.';
    return { cannot: `Nobody can log in to the dashboard, because JVAGENT_API_TOKEN is not set. ${fix}` };
  }
  const sent = {
    method: 'POST',
    headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...wish, person: context.person() }),
  };
  const asked = await fetch(`${node.url}/api/login-codes`, sent).catch(messageOf);
  if (typeof asked === 'string') return { cannot: `The dashboard at ${node.url}/ does not answer: ${asked}` };
  const answer = answerSchema.safeParse(asked.ok ? await asked.json() : undefined);
  if (answer.success) return answer.data;
  const reason =
    asked.status === 401
      ? 'it was started with another JVAGENT_API_TOKEN. Stop it and start it again'
      : `it answered ${asked.status}`;
  return { cannot: `The dashboard at ${node.url}/ lets nobody in: ${reason}.` };
}
