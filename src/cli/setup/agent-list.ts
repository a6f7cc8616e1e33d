/** The JSON list of `agent add --from`: each entry names an agent, values of its jvAgent.json by path, and its secrets. */
import { z } from 'zod';
import { secretName } from '../../agents/config/forms.ts';
import { plainIssue } from '../../base/text/plain-issue.ts';
import { fieldPath, type Setting } from './draft.ts';

export interface Entry {
  readonly id: string;
  readonly settings: readonly Setting[];
  readonly secrets: Readonly<Record<string, string>>;
}

/** An entry, or what is wrong with its form. */
export type ReadEntry =
  | { readonly id: string; readonly entry: Entry }
  | { readonly id: string; readonly why: string[] };

const settings = z.record(z.string(), z.unknown()).transform((set, context): Setting[] =>
  Object.entries(set).flatMap(([name, value]) => {
    const path = fieldPath(name);
    if (path) return [{ path, value }];
    context.addIssue({ code: 'custom', path: [name], message: 'is no path to a field, such as devops.project' });
    return [];
  }),
);

const entryShape = z.strictObject({
  id: z.string(),
  set: settings.default([]),
  secrets: z.record(secretName, z.string()).default({}),
});

const idOf = (value: unknown) => z.object({ id: z.string() }).safeParse(value).data?.id ?? '(no id)';

/** Reads every entry, and finds ids that come twice. */
export function readEntries(list: readonly unknown[]): ReadEntry[] {
  return list.map((value, index): ReadEntry => {
    const id = idOf(value);
    const parsed = entryShape.safeParse(value, { error: plainIssue });
    if (!parsed.success) {
      const why = parsed.error.issues.map(({ path, message }) => [path.map(String).join('.'), message]);
      return { id, why: why.map((parts) => parts.filter(Boolean).join(': ')) };
    }
    const first = list.findIndex((other) => idOf(other) === id);
    if (first < index) return { id, why: [`the entry [${first}] has the same id`] };
    return { id, entry: { id, settings: parsed.data.set, secrets: parsed.data.secrets } };
  });
}
