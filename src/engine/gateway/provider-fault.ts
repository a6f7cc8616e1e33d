/** What a provider's failed or missing answer means for the turn: the provider's message, and what a person can do about it. */

import { known } from '../../base/known.ts';
import { startOf } from '../../documents/cut.ts';
import { type Code, codes, type Refusal, refuse } from '../../refusal.ts';
import type { TurnFault } from '../engine.ts';

/** A fault that uses up no attempt. */
export type ProviderFault = Extract<TurnFault, { kind: 'provider' }>;

/** The real names for a fix. */
export interface ProviderNames {
  /** Host and port, such as `api.anthropic.com`. */
  host: string;
  /** Where the key is set, such as `ANTHROPIC_API_KEY in .env`. */
  keyName: string;
}

/** The model and the size of a request. */
export interface Asked {
  model: string;
  /** The size of the sent body. */
  bytes: number;
  inputTokensMax: number;
}

/** An error answer: its status and the provider's message. */
export interface BadAnswer {
  status: number;
  /** `error.type` of its body, such as `authentication_error`; empty if there is none. */
  type: string;
  message: string;
  /** The earliest time for a retry, milliseconds since 1970. */
  until?: number | undefined;
}

const creditForm = /credit balance|billing|purchase credits|spend(ing)? limit/i;
const tooLongForm =
  /(prompt|input) is too long|too many (input )?tokens|exceeds? (the )?(model'?s )?(maximum )?context|maximum context length|context window/i;

/** The status of each of the provider's error types; an error in the middle of a stream has only a type. */
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
  // The workspace's .env is read only when the platform starts.
  const then = keyName.endsWith(' .env') ? 'then restart jvagent' : 'jvagent tries again by itself';
  if (status === 404 && message.includes(model)) {
    return `Set \`defaultModel\` or \`autoRun.triageModel\` to a model that the key in ${keyName} may use.`;
  }
  if (status === 404)
    return `Set ANTHROPIC_BASE_URL in .env, now at ${host}, to an address that serves the Messages API, then restart jvagent.`;
  if (code === 'OUTSIDE_AUTH' && (status === 400 || status === 402)) {
    return `Add credit to the account of the key in ${keyName}; jvagent tries again by itself.`;
  }
  if (code === 'OUTSIDE_AUTH') return `Set ${keyName} to a key that ${host} accepts for ${model}; ${then}.`;
  if (code === 'OUTSIDE_UNREACHABLE')
    return `Nothing to do unless it lasts: ${host} has a problem, and jvagent tries again by itself.`;
  return codes[code];
}

/** Puts the text on one line, without control characters. */
export const oneLine = (text: string) => startOf(text.replace(/[\s\p{Cc}]+/gu, ' ').trim(), 300);

function refusalOf(code: Code, why: string, fix: string, until?: number): Refusal {
  return known({ ...refuse(code, why, fix), until });
}

/** The fault for a request that is too large for every provider and was not sent. */
export const faultOfSize = (bytesMax: number): TurnFault => ({
  kind: 'too-long',
  why: `the conversation is too long: its request has more than ${bytesMax} bytes and was not sent`,
});

/** The fault for an error answer of the provider. */
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
  `Check ANTHROPIC_BASE_URL in .env (${host}) and the network; jvagent tries again by itself.`;

/** The fault for a missing answer; `why` is the network's error, such as `ECONNREFUSED`. */
export function faultOfNoAnswer(why: string, names: ProviderNames, fix = reachFix(names)): ProviderFault {
  const refusal = refuse('OUTSIDE_UNREACHABLE', `${names.host} did not answer: ${oneLine(why)}`, fix);
  return { kind: 'provider', refusal };
}

/** The fault for an answer that was cut off. */
export function faultOfCut(names: ProviderNames): ProviderFault {
  const why = `${names.host} cut its answer off before the end`;
  return { kind: 'provider', refusal: refuse('OUTSIDE_UNREACHABLE', why, reachFix(names)) };
}

/** The fault for an open call that gets no data. */
export function faultOfSilence(silentMs: number, names: ProviderNames): ProviderFault {
  const why = `${names.host} sent nothing for ${Math.round(silentMs / 100) / 10} s`;
  return { kind: 'provider', refusal: refuse('OUTSIDE_UNREACHABLE', why, reachFix(names)) };
}
