/** Chooses the models that an agent runs with, from its own configuration and its ancestors'. */
import { type Model, modelNamed, validModelNames } from '../models/model.ts';
import type { ConfigFile } from './config/file.ts';
import type { JsonPath } from './config/json-lines.ts';
import type { Fault } from './fault.ts';

export interface AgentModels {
  readonly model: Model;
  readonly triageModel: Model;
}

/** Used if neither the agent nor an ancestor names a model. */
const modelDefault = 'sonnet';

/** Each file was checked before, so an unknown model here is a bug. */
function checked(name: string): Model {
  const model = modelNamed(name);
  if (!model) throw new Error(`bug: the file's check allowed the unknown model ${name}`);
  return model;
}

interface Named {
  name: string;
  /** Where the model is named; absent for a default. */
  at?: { file: ConfigFile; path: JsonPath };
}

/** `files` is the ancestry, topmost first. A file that refuses unknown models refuses them for all descendants too. */
export function modelsOf(files: readonly ConfigFile[]): AgentModels & { faults: Fault[] } {
  const own = files.at(-1);
  const naming = files.findLast(({ config }) => config.defaultModel !== undefined);
  const main: Named = naming?.config.defaultModel
    ? { name: naming.config.defaultModel, at: { file: naming, path: ['defaultModel'] } }
    : { name: modelDefault };
  const triage: Named = own
    ? { name: own.config.autoRun.triageModel, at: { file: own, path: ['autoRun', 'triageModel'] } }
    : main;
  const isRefused = files.some(({ config }) => config.limits.unknownModels === 'refuse');
  const faults = [main, triage].flatMap(({ name, at }) => {
    if (!at || !isRefused || !checked(name).isBound) return [];
    return [
      at.file.faultAt(
        at.path,
        `the price of ${name} is not known, and limits.unknownModels is "refuse"; ${validModelNames()}`,
      ),
    ];
  });
  return { model: checked(main.name), triageModel: checked(triage.name), faults };
}
