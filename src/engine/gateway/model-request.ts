/**
 * What of a request to the model goes on: no way out, no cost that is not counted, and nothing that we do not know.
 *
 * JSON -> ways out and uncounted costs refused -> unknown fields left out -> betas we do not know left out, and the fields
 * that need one -> the model by the name that was configured -> max_tokens cut
 */
import type { z } from 'zod';
import type { Model } from '../../models/model.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { allowedBetas, withoutUnannounced } from './betas.ts';
import { droppedFields } from './dropped-fields.ts';
import { type ModelRequest, requestSchema } from './request-schema.ts';

export interface CheckedRequest {
  request: ModelRequest;
  model: Model;
  /** The value of the header `anthropic-beta`; empty for none. */
  betas: string;
  /** Names of the fields and betas that do not go on. */
  dropped: string[];
}

export interface RequestRules {
  models: readonly Model[];
  outputTokensMax: number;
  /** Whether its tokens are only to be counted. */
  isCount?: boolean;
}

/** The request as it may go on; else what is wrong with it. `betas` is the value of its header `anthropic-beta`. */
export function checkModelRequest(text: string, betas: string, rules: RequestRules): CheckedRequest | Refusal {
  const given = parseJson(text);
  const parsed = requestSchema.safeParse(given);
  if (!parsed.success) return refuse('MODEL_REFUSED', faultOf(parsed.error.issues[0]));
  const allowed = allowedBetas(betas);
  const request = withoutUnannounced(parsed.data, allowed.names);
  const model = rules.models.find(({ id }) => id === request.model || undated(id) === undated(request.model));
  if (!model) {
    const ids = rules.models.map(({ id }) => id).join(', ');
    return refuse('MODEL_REFUSED', `the engine asked for the model ${request.model}, which is not one of ${ids}`);
  }
  const named = { ...request, model: model.id };
  return {
    request: rules.isCount ? countable(named) : capped(named, rules.outputTokensMax),
    model,
    betas: allowed.names.join(','),
    dropped: [...droppedFields(given, parsed.data), ...droppedFields(parsed.data, request), ...allowed.dropped],
  };
}

const undated = (id: string) => id.replace(/-\d{8}$/, '');

const notCounted = ['max_tokens', 'stream', 'metadata', 'stop_sequences', 'temperature', 'top_k', 'top_p'];

/** Without what says how to answer: where tokens are counted the provider does not take it. */
function countable(request: ModelRequest): ModelRequest {
  return Object.fromEntries(Object.entries(request).filter(([name]) => !notCounted.includes(name))) as ModelRequest;
}

/** What it may write, and of that what it may think: the provider takes no more thought than words. */
function capped(request: ModelRequest, outputTokensMax: number): ModelRequest {
  if (request.max_tokens === undefined) return request;
  const max_tokens = Math.min(request.max_tokens, outputTokensMax);
  const { thinking } = request;
  if (typeof thinking?.budget_tokens !== 'number' || thinking.budget_tokens < max_tokens)
    return { ...request, max_tokens };
  return { ...request, max_tokens, thinking: { ...thinking, budget_tokens: max_tokens - 1 } };
}

type Issue = z.core.$ZodIssue;

/** Of what may be one of several things, the fault that lies deepest. */
function deepest(issue: Issue, path: readonly PropertyKey[] = []): { path: readonly PropertyKey[]; message: string } {
  const own = { path: [...path, ...issue.path], message: issue.message };
  if (issue.code !== 'invalid_union') return own;
  const inner = issue.errors.flat().map((each) => deepest(each, own.path));
  return inner.reduce((best, each) => (each.path.length > best.path.length ? each : best), own);
}

function faultOf(issue: Issue | undefined): string {
  if (!issue) return 'the request cannot be read';
  const { path, message: what } = deepest(issue);
  return `${path.map(String).join('.') || 'the request'}: ${what}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
