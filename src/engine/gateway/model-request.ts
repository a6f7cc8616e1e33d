/**
 * Checks a request to the model: it must not open a way out or cause uncounted cost, and unknown fields are removed.
 *
 * JSON -> ways out and uncounted costs refused -> unknown fields removed -> unknown betas removed, and the fields
 * that need them -> the model by its configured name -> max_tokens limited
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
  /** The value of the header `anthropic-beta`; may be empty. */
  betas: string;
  /** The names of the fields and betas that were removed. */
  dropped: string[];
}

export interface RequestRules {
  models: readonly Model[];
  outputTokensMax: number;
  /** Whether the request only counts tokens. */
  isCount?: boolean;
}

/** The request as it may be sent, or what is wrong with it. `betas` is the value of its header `anthropic-beta`. */
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

/** Removes the fields that control the answer: the provider refuses them in a request that counts tokens. */
function countable(request: ModelRequest): ModelRequest {
  return Object.fromEntries(Object.entries(request).filter(([name]) => !notCounted.includes(name))) as ModelRequest;
}

/** Limits the output tokens, and the thinking tokens to less than that, as the provider requires. */
function capped(request: ModelRequest, outputTokensMax: number): ModelRequest {
  if (request.max_tokens === undefined) return request;
  const max_tokens = Math.min(request.max_tokens, outputTokensMax);
  const { thinking } = request;
  if (typeof thinking?.budget_tokens !== 'number' || thinking.budget_tokens < max_tokens)
    return { ...request, max_tokens };
  return { ...request, max_tokens, thinking: { ...thinking, budget_tokens: max_tokens - 1 } };
}

type Issue = z.core.$ZodIssue;

/** Of a union's faults, the one with the deepest path. */
function deepest(issue: Issue, path: readonly PropertyKey[] = []): { path: readonly PropertyKey[]; message: string } {
  const own = { path: [...path, ...issue.path], message: issue.message };
  if (issue.code !== 'invalid_union') return own;
  const inner = issue.errors.flat().map((each) => deepest(each, own.path));
  return inner.reduce((best, each) => (each.path.length > best.path.length ? each : best), own);
}

function faultOf(issue: Issue | undefined): string {
  if (!issue) return 'the request is not readable';
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
