/** The flag `--set path=value`, which sets one value of a new agent's jvAgent.json. */
import { InvalidArgumentError } from 'commander';
import { fieldPath, type Setting } from './draft.ts';

/** `git.branchPrefix=feature/x-`: the value is read as JSON if it is JSON, else as text. */
export function settingOf(text: string, before: readonly Setting[] = []): Setting[] {
  const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('Use path=value, such as devops.project=Shop.');
  const path = fieldPath(name);
  if (!path) throw new InvalidArgumentError('The part before `=` is not a path such as devops.project.');
  try {
    return [...before, { path, value: JSON.parse(value) }];
  } catch {
    return [...before, { path, value }];
  }
}
