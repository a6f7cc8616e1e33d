/** An agent with its own secrets, as its checks need it. */
import type { Agent, CodeChangeAgent } from '../agents/agent.ts';
import type { Secrets } from '../agents/secrets/secrets.ts';
import type { Redact } from '../base/redact.ts';
import type { Connections } from '../connections/connect.ts';

export interface OwnAgent<A extends Agent = Agent> {
  agent: A;
  secrets: Secrets;
  redact: Redact;
}

/** The same with its outside systems. */
export interface Connected extends OwnAgent<CodeChangeAgent> {
  connections: Connections;
}

/** The value of one secret; empty if it is not set. */
export const secretOf = ({ secrets }: Pick<OwnAgent, 'secrets'>, name: string): string =>
  secrets.get(name)?.reveal() ?? '';

const shownMax = 3;

/** `a, b, c and 2 more` */
export const named = (names: readonly string[]): string =>
  `${names.slice(0, shownMax).join(', ')}${names.length > shownMax ? ` and ${names.length - shownMax} more` : ''}`;
