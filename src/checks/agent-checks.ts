/** Checks what an agent needs on this machine, without a connection: its trust, its model, its folders. */
import { join } from 'node:path';
import { findAgents } from '../agents/find-agents.ts';
import { givenPastTheGate } from '../agents/past-the-gate.ts';
import { heldBy, type Trusted } from '../agents/trust.ts';
import { createFolders } from '../connections/folders.ts';
import { limits } from '../limits.ts';
import type { Refusal } from '../refusal.ts';
import { createSandbox } from '../sandbox/sandbox.ts';
import type { Settings } from '../settings.ts';
import { type Check, fail, type Verdict, warn } from './finding.ts';
import type { CallModel } from './model-call.ts';
import { models } from './models.ts';
import type { OwnAgent } from './own-agent.ts';

/** Flags of doctor. */
export type NotCalled = '--offline' | '--no-model';

export interface AgentChecksOptions extends OwnAgent {
  settings: Settings;
  trusted: Trusted | undefined;
  /** Other nodes that work and have what was trusted. */
  trustedOn: readonly string[];
  /** Why its model cannot be used, as its last turns found; told if no model is called. */
  modelFault: Refusal | undefined;
  /** How its models are called, or the flag that says not to. */
  callModel: CallModel | NotCalled;
}

/** What people gave the model or their own tools, which the gate does not check. */
function outsideTheGate({ agent: { config } }: AgentChecksOptions): Verdict {
  const given = givenPastTheGate(config);
  if (given.length === 0) return 'no secret and no network is given to the model or to tools outside the gate';
  return warn(`outside the gate: ${given.join('; ')}`, 'Remove what is not needed from the configuration.');
}

/** Warns only about folders that are left out: the agent works without them. */
async function folders({ agent, settings: { root, home, sandboxUid } }: AgentChecksOptions): Promise<Verdict> {
  const { sandboxProcessesMax: processesMax, sandboxMemoryMb: memoryMb } = limits;
  const sandbox = createSandbox({ sandboxUid, processesMax, memoryMb });
  const surroundings = { root, home, agentFolders: findAgents(root).ids.map((id) => join(root, id)) };
  const { shown, warnings } = await createFolders({ agent, sandbox, home, surroundings }).engine();
  if (warnings.length > 0)
    return warn(warnings.join(' '), 'Fix the named folders. Until then the agent works without them.');
  const places = shown.map(({ name, mount }) => `${name} as ${mount.target}`);
  return places.length > 0 ? `the engine can read ${places.join(', ')}` : 'the engine can read only its own tree';
}

function modelKeyOf({ settings, secrets }: AgentChecksOptions): Verdict {
  if (secrets.has('MODEL_API_KEY') || settings.anthropicApiKey) return 'a model key is set';
  return fail(
    'no model key is set',
    'Set ANTHROPIC_API_KEY in .env of the workspace, or MODEL_API_KEY in secrets.env.',
  );
}

/** Whether its models can be run. `agent check` warns about a model without a known price. */
function modelsOf({ callModel, modelFault, ...own }: AgentChecksOptions): ReturnType<Check['look']> {
  if (typeof callModel === 'function') return models({ ...own, callModel });
  return modelFault ?? `${own.agent.model.id} and ${own.agent.triageModel.id} were not asked: ${callModel}`;
}

const checkOf =
  ({ agent }: OwnAgent) =>
  (id: string, look: Check['look']): Check => ({ id: `${agent.id} ${id}`, look });

/** What can be checked without a connection. */
export function agentChecks(options: AgentChecksOptions): Check[] {
  const { agent, trusted, trustedOn } = options;
  const check = checkOf(options);
  const { workDirs, sandbox } = agent.config;
  return [
    check('trust', () => heldBy(trusted, agent, trustedOn) ?? 'its configuration is trusted, or new'),
    check('model-key', () => modelKeyOf(options)),
    check('model', () => modelsOf(options)),
    check('outside-the-gate', () => outsideTheGate(options)),
    ...(workDirs.length + sandbox.readOnly.length > 0 ? [check('folders', () => folders(options))] : []),
  ];
}
