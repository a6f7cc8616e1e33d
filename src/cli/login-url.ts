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
const noSchema = z.object({ why: z.string(), fix: z.string() });

/** The platform is on this machine, and answers at once unless it hangs. */
const answerMs = 5_000;

const seeLog = 'The log of `jvagent start` says more.';

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
    signal: AbortSignal.timeout(answerMs),
  };
  const asked = await fetch(`${node.url}/api/login-codes`, sent).catch(messageOf);
  if (typeof asked === 'string')
    return { cannot: `The dashboard at ${node.url}/ does not answer: ${asked}. ${seeLog}` };
  const body: unknown = await asked.json().catch(() => undefined);
  const answer = answerSchema.safeParse(body);
  if (answer.success) return answer.data;
  const lets = `The dashboard at ${node.url}/ lets nobody in:`;
  if (asked.status === 401) {
    return { cannot: `${lets} it was started with another JVAGENT_API_TOKEN. Stop it and start it again.` };
  }
  const { data: no } = noSchema.safeParse(body);
  return { cannot: no ? `${lets} ${no.why}. ${no.fix}` : `${lets} it answered ${asked.status}. ${seeLog}` };
}
