/** The engine of one turn with its way to the model, its money, and what stands in its log as a warning. */
import { engineWarnings } from '../../agents/past-the-gate.ts';
import { hidingEngine } from '../../connections/ways-out.ts';
import { createClaudeEngine } from '../../engine/claude-engine.ts';
import { createGateway, type OpenGateway } from '../../engine/gateway/gateway.ts';
import type { LogEntry, TurnOrder } from '../../ipc/protocol.ts';
import { limits } from '../../limits.ts';
import { boundWarning } from '../../models/model.ts';
import type { WorkerParts } from '../worker-parts.ts';
import { createBudget } from './budget.ts';
import type { ModelRedact } from './model-redact.ts';

type TurnEngineOptions = WorkerParts & { order: TurnOrder; modelRedact: ModelRedact };

export type RecordEntries = (entries: LogEntry[]) => Promise<void>;

const modelUrlDefault = 'https://api.anthropic.com';

export function engineOf(options: TurnEngineOptions, record: RecordEntries) {
  const { agent, modelKey, setup, sandbox, networks, supervisor, order, redact, modelRedact, crashPoints, clock, log } =
    options;
  const budget = createBudget({ turnId: order.turnId, supervisor, crashPoints, log });
  const models = [agent.model, agent.triageModel];
  const gateway = createGateway({
    baseUrl: setup.modelUrl ?? modelUrlDefault,
    key: modelKey ?? '',
    keyName: modelKey === setup.modelKey ? 'ANTHROPIC_API_KEY in .env' : `MODEL_API_KEY in ${agent.id}/secrets.env`,
    models,
    bodyBytesMax: limits.gatewayBodyBytesMax,
    requestsPerMinuteMax: limits.gatewayRequestsPerMinuteMax,
    outputTokensMax: limits.outputTokensMax,
    budget,
    redact: modelRedact.redact,
    clock,
    log,
  });
  /** Each turn that is booked at a bound, is let out, or knows a secret, says so. */
  const openGateway: OpenGateway = async (turn) => {
    const warnings = new Set([
      ...models.flatMap((model) => boundWarning(model) ?? []),
      ...engineWarnings(agent.config),
    ]);
    if (warnings.size > 0) await record([...warnings].map((text) => ({ at: clock.now(), kind: 'warning', text })));
    return gateway(turn);
  };
  const engine = createClaudeEngine({
    sandbox,
    openGateway,
    smallModel: agent.triageModel.id,
    openNetwork: networks.engine,
    crashPoints,
    clock,
    log,
  });
  return { engine: hidingEngine(engine, redact), exhausted: budget.exhausted };
}
