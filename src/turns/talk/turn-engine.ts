/** The engine of one turn with its way to the model, its money, and the warnings in its log. */
import { engineWarnings } from '../../agents/past-the-gate.ts';
import { hidingEngine } from '../../connections/ways-out.ts';
import { createClaudeEngine } from '../../engine/claude-engine.ts';
import type { Engine } from '../../engine/engine.ts';
import { type OpenGateway, openTurnGateway } from '../../engine/gateway/gateway.ts';
import { modelUrlDefault } from '../../engine/gateway/provider.ts';
import { limits } from '../../limits.ts';
import { boundWarning } from '../../models/model.ts';
import type { Refusal } from '../../refusal.ts';
import { type Turn, warn } from '../turn.ts';
import { createBudget } from './budget.ts';

export interface TurnEngine {
  engine: Engine;
  /** Why the model was not let through any more, if money was the reason. */
  exhausted(): Refusal | undefined;
}

export function engineOf(turn: Turn): TurnEngine {
  const { agent, worker, redact, modelRedact, refused, crashPoints, clock, log } = turn;
  const { setup, secrets, sandbox, networks, outbound } = worker;
  const { modelKey } = secrets;
  const budget = createBudget(turn);
  const models = [agent.model, agent.triageModel];
  const keyName =
    modelKey === setup.modelKey ? 'ANTHROPIC_API_KEY in .env' : `MODEL_API_KEY in ${agent.id}/secrets.env`;
  const provider = { baseUrl: setup.modelUrl ?? modelUrlDefault, key: modelKey ?? '', keyName, fetch: outbound.fetch };
  const bounds = {
    bodyBytesMax: limits.gatewayBodyBytesMax,
    requestsPerMinuteMax: limits.gatewayRequestsPerMinuteMax,
    outputTokensMax: limits.outputTokensMax,
  };
  /** Each turn that is booked at a bound, is let out, or knows a secret, says so. */
  const openForTurn: OpenGateway = async (opened) => {
    const warnings = new Set([
      ...models.flatMap((model) => boundWarning(model) ?? []),
      ...engineWarnings(agent.config),
    ]);
    for (const text of warnings) await warn(turn, text);
    return openTurnGateway({ provider, models, bounds, budget, redact: modelRedact, refused, clock, log }, opened);
  };
  const engine = createClaudeEngine({
    sandbox,
    openGateway: openForTurn,
    smallModel: agent.triageModel.id,
    openNetwork: () => networks.engine(refused),
    crashPoints,
    clock,
    log,
  });
  return { engine: hidingEngine(engine, redact), exhausted: budget.exhausted };
}
