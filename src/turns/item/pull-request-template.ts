/** The customer's own template for pull requests (`git.pr.template`), read from the branch that they go into. */
import { startOf } from '../../documents/cut.ts';
import { trackingRef } from '../../git/remote-refs.ts';
import type { ItemTurn } from './turn.ts';

/** What stands under its own heading in the text of a pull request. */
export interface Template {
  path: string;
  text: string;
}

const bytesMax = 64 << 10;

/** Comments in a template are for people who fill it in by hand. */
const withoutComments = (text: string) => text.replace(/<!--[\s\S]*?(-->|$)/g, '').trim();

/**
 * The file as the target branch has it now; its text says so where it is missing or not a readable file. Undefined where no
 * template is configured, or it is empty.
 */
export async function readTemplate({
  agent,
  connections: { repository },
}: Pick<ItemTurn, 'agent' | 'connections'>): Promise<Template | undefined> {
  const path = agent.git.pr.template?.replace(/^\.?\/+/, '');
  if (path === undefined) return undefined;
  const head = await repository.resolve(trackingRef(repository.targetBranch));
  const read = head === undefined ? ({ fault: 'missing' } as const) : await repository.readFile(head, path, bytesMax);
  if ('fault' in read) {
    const why = read.fault === 'missing' ? 'is not there' : `cannot be used (${read.fault})`;
    return { path, text: `This file of \`git.pr.template\` ${why} on ${repository.targetBranch}.` };
  }
  const text = startOf(withoutComments(new TextDecoder().decode(read.bytes)), bytesMax);
  return text === '' ? undefined : { path, text };
}
