/** Checks that an agent's models can be run with its key: one small call of each, and what a failed one means. */
import { join } from 'node:path';
import type { JsonPath } from '../agents/config/json-lines.ts';
import type { Model } from '../models/model.ts';
import { type Code, isRefusal, type Refusal, refuse } from '../refusal.ts';
import { readPrivateEnv, type Settings } from '../settings.ts';
import type { Finding } from '../status/finding.ts';
import { type Found, fail, type Verdict } from './finding.ts';
import type { Called, CallModel, ModelKey } from './model-call.ts';
import { named, type OwnAgent, secretOf } from './own-agent.ts';

type ModelSettings = Pick<Settings, 'root' | 'anthropicApiKey'>;

/** The key that the agent's turns use; undefined if none is set. */
function keyOf({ settings, ...own }: ModelsOptions): ModelKey | undefined {
  const value = secretOf(own, 'MODEL_API_KEY');
  if (value) return { value, name: 'MODEL_API_KEY', file: `${own.agent.id}/secrets.env` };
  const { anthropicApiKey } = settings;
  return anthropicApiKey ? { value: anthropicApiKey, name: 'ANTHROPIC_API_KEY', file: '.env' } : undefined;
}

export interface ModelsOptions extends Pick<OwnAgent, 'agent' | 'secrets'> {
  settings: ModelSettings;
  callModel: CallModel;
}

/** A line of a dotenv file of the workspace; nothing if the name is set elsewhere, such as in the environment. */
function lineOf(root: string, name: string, file: string): Pick<Finding, 'file' | 'line'> {
  const read = readPrivateEnv(join(root, file));
  const line = 'lines' in read ? read.lines.get(name) : undefined;
  return line === undefined ? {} : { file, line };
}

interface Failed {
  readonly id: string;
  readonly at: JsonPath;
  readonly refusal: Refusal;
}

/** Why the call failed, as a refusal; undefined if the model answered. */
function refusalIn({ outcome, fault, why = '' }: Called): Refusal | undefined {
  if (outcome === 'done') return undefined;
  if (fault && 'refusal' in fault) return fault.refusal;
  const fix = 'Run `jvagent doctor` again. If it stays, show this to whoever runs the platform.';
  return refuse('MODEL_REFUSED', why || 'the engine ended without an answer', fix);
}

const words: Partial<Record<Code, string>> = {
  OUTSIDE_LIMITED: 'could not be asked now',
  OUTSIDE_UNREACHABLE: 'could not be reached',
};

/** One finding for the models that failed for the same reason. */
function findingOn([first, ...more]: [Failed, ...Failed[]], key: ModelKey, { settings }: ModelsOptions): Found {
  const { refused: code, why, fix } = first.refusal;
  const ids = named([first, ...more].map(({ id }) => id));
  const found = fail(`${ids} ${words[code] ?? 'cannot be run'}: ${why}`, fix, code);
  if (code === 'OUTSIDE_LIMITED') return { ...found, status: 'warn', isUnread: true };
  if (code === 'OUTSIDE_REFUSED' && why.includes(first.id)) return { ...found, at: first.at };
  if (code === 'OUTSIDE_AUTH') return { ...found, ...lineOf(settings.root, key.name, key.file) };
  if (code === 'OUTSIDE_UNREACHABLE' || code === 'OUTSIDE_REFUSED')
    return { ...found, ...lineOf(settings.root, 'ANTHROPIC_BASE_URL', '.env') };
  return found;
}

/** Calls the main model and the triage model once. Without a key nothing is called and nothing is said here. */
export async function models(options: ModelsOptions): Promise<readonly Verdict[]> {
  const { agent, callModel } = options;
  const key = keyOf(options);
  if (!key) return [];
  const wanted: { model: Model; at: JsonPath }[] = [
    { model: agent.model, at: ['defaultModel'] },
    ...(agent.triageModel.id === agent.model.id ? [] : [{ model: agent.triageModel, at: ['autoRun', 'triageModel'] }]),
  ];
  const called = await Promise.all(
    wanted.map(async ({ model, at }) => {
      const ended = await callModel(model, key);
      return { id: model.id, at, usd: ended.usd, refusal: refusalIn(ended) };
    }),
  );
  const failed = called.filter((each): each is typeof each & Failed => isRefusal(each.refusal));
  const groups = Map.groupBy(failed, ({ refusal }) => refusal.why);
  if (groups.size > 0) {
    return [...groups.values()].flatMap(([first, ...more]) =>
      first ? [findingOn([first, ...more], key, options)] : [],
    );
  }
  const does = agent.kind === 'conversation' ? 'answers questions' : 'plans and changes code';
  const usd = called.reduce((sum, each) => sum + each.usd, 0);
  const both = called.length > 1 ? 'both answered' : 'it answered';
  return [
    `${agent.model.id} ${does}, ${agent.triageModel.id} does small tasks; ${both} a test call for $${usd.toFixed(4)}`,
  ];
}
