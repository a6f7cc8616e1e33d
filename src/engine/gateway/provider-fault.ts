/** What a provider's bad answer, or none at all, means for the turn: in its own words, with what a person can do about it. */
import { known } from '../../base/known.ts';
import { type Code, codes, type Refusal, refuse } from '../../refusal.ts';
import type { TurnFault } from '../engine.ts';

/** Nobody's attempt. */
export type ProviderFault = Extract<TurnFault, { kind: 'provider' }>;

/** The real names that a person needs to fix something. */
export interface ProviderNames {
  /** Host and port, such as `api.anthropic.com`. */
  host: string;
  /** Where the key stands, such as `ANTHROPIC_API_KEY in .env`. */
  keyName: string;
}

/** What was asked, and for how much. */
export interface Asked {
  model: string;
  /** Of the body as it was sent. */
  bytes: number;
  inputTokensMax: number;
}

/** A bad answer: its status and the provider's own words. */
export interface BadAnswer {
  status: number;
  /** `error.type` of its body, such as `authentication_error`; empty where it has none. */
  type: string;
  message: string;
  /** When it is worth asking again, milliseconds since 1970. */
  until?: number | undefined;
}

const creditForm = /credit balance|billing|purchase credits|spend(ing)? limit/i;
const tooLongForm =
  /(prompt|input) is too long|too many (input )?tokens|exceeds? (the )?(model'?s )?(maximum )?context|maximum context length|context window/i;

/** The statuses that the provider's types of error have; an error in the midst of a stream names its type alone. */
const statusOfType: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  overloaded_error: 529,
};

export const statusOf = (type: string): number => statusOfType[type] ?? 500;

function codeOf({ status, type, message }: BadAnswer): Code {
  if (status === 401 || status === 402 || status === 403) return 'OUTSIDE_AUTH';
  if (status === 400 && (type === 'billing_error' || creditForm.test(message))) return 'OUTSIDE_AUTH';
  if (status === 429 || status === 529) return 'OUTSIDE_LIMITED';
  return status === 408 || status >= 500 ? 'OUTSIDE_UNREACHABLE' : 'OUTSIDE_REFUSED';
}

function fixOf(answer: BadAnswer, code: Code, { host, keyName }: ProviderNames, model: string): string {
  const { status, message } = answer;
  // The workspace's own .env is read when the platform starts.
  const then = keyName.endsWith(' .env') ? 'then start jvagent again' : 'it is tried again';
  if (status === 404 && message.includes(model)) {
    return `Set \`defaultModel\` or \`autoRun.triageModel\` to a model that the key in ${keyName} may use.`;
  }
  if (status === 404)
    return `Set ANTHROPIC_BASE_URL in .env, now at ${host}, to an address that speaks the Messages API; then start jvagent again.`;
  if (code === 'OUTSIDE_AUTH' && (status === 400 || status === 402)) {
    return `Add credit to the account of the key in ${keyName}; it is tried again.`;
  }
  if (code === 'OUTSIDE_AUTH') return `Set ${keyName} to a key that ${host} accepts for ${model}; ${then}.`;
  if (code === 'OUTSIDE_UNREACHABLE')
    return `Nothing to do unless it lasts: ${host} has a fault of its own; it is tried again.`;
  return codes[code];
}

/** One line, without what could steer a terminal. */
export const oneLine = (text: string) =>
  text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 300);

function refusalOf(code: Code, why: string, fix: string, until?: number): Refusal {
  return known({ ...refuse(code, why, fix), until });
}

/** More than any provider takes in; it was not sent at all. */
export const faultOfSize = (bytesMax: number): TurnFault => ({
  kind: 'too-long',
  why: `the conversation is too long: a request of more than ${bytesMax} bytes is not sent`,
});

/** A bad answer of the provider's to what was asked. */
export function faultOfAnswer(answer: BadAnswer, asked: Asked, names: ProviderNames): TurnFault {
  const { status, type, message, until } = answer;
  const said = `${names.host} answered ${[status, oneLine(type)].filter(Boolean).join(' ')}: ${oneLine(message) || 'no reason given'}`;
  if (status === 413 || (status === 400 && tooLongForm.test(message))) {
    const size = `${asked.bytes} bytes, at most ${asked.inputTokensMax} tokens`;
    return { kind: 'too-long', why: `the conversation is too long for ${asked.model} (${size}): ${said}` };
  }
  const code = codeOf(answer);
  if (code === 'OUTSIDE_REFUSED' && status !== 404) return { kind: 'refused', refusal: refuse(code, said) };
  return { kind: 'provider', refusal: refusalOf(code, said, fixOf(answer, code, names, asked.model), until) };
}

const reachFix = ({ host }: ProviderNames) =>
  `Check ANTHROPIC_BASE_URL in .env (${host}) and the network; it is tried again.`;

/** No answer came; `why` is the network's word, such as `ECONNREFUSED`. */
export function faultOfNoAnswer(why: string, names: ProviderNames): ProviderFault {
  const refusal = refuse('OUTSIDE_UNREACHABLE', `${names.host} did not answer: ${oneLine(why)}`, reachFix(names));
  return { kind: 'provider', refusal };
}

/** An answer began and did not come to its end. */
export function faultOfCut(names: ProviderNames): ProviderFault {
  const why = `${names.host} broke its answer off before the end`;
  return { kind: 'provider', refusal: refuse('OUTSIDE_UNREACHABLE', why, reachFix(names)) };
}

/** A call is open, and nothing comes. */
export function faultOfSilence(silentMs: number, names: ProviderNames): ProviderFault {
  const why = `${names.host} sent nothing for ${Math.round(silentMs / 100) / 10} s`;
  return { kind: 'provider', refusal: refuse('OUTSIDE_UNREACHABLE', why, reachFix(names)) };
}
