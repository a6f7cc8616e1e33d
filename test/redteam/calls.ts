/** The results of a hostile model's calls, as stored in the session's log. */
import type { World } from '../stories/world.ts';

export interface Answered {
  tool: string;
  input: Record<string, unknown>;
  /** What the model got back, as text. */
  result: string;
}

interface Entry {
  kind: string;
  tool?: string;
  input?: unknown;
  result?: unknown;
}

/** Each answered call, in order; for models that make one call at a time. */
export async function answersOf(world: World, workItemId: number): Promise<Answered[]> {
  return answersIn((await world.log(workItemId)).split('\n').map((line) => JSON.parse(line) as Entry));
}

/** The same of any session's log. */
export function answersIn(entries: readonly Entry[]): Answered[] {
  const steps = entries.filter(({ kind }) => ['tool-call', 'tool-result', 'tool-error'].includes(kind));
  return steps.flatMap(({ kind, tool = '', result }, at) => {
    if (kind === 'tool-call') return [];
    const text = typeof result === 'string' ? result : JSON.stringify(result);
    return [{ tool, input: (steps[at - 1]?.input ?? {}) as Answered['input'], result: text }];
  });
}

/** What the Bash command with this text in it printed. */
export function printedBy(answers: readonly Answered[], text: string): string {
  const found = answers.find(({ tool, input }) => tool === 'Bash' && String(input.command).includes(text));
  return found?.result ?? 'it was never called';
}

/** The code of a refusal in what a tool of ours answered. */
export function refusedWith({ result }: Answered): string | undefined {
  return /"refused":\s*"([A-Z_]+)"/.exec(result)?.[1];
}
