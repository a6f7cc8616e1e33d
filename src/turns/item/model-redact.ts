/**
 * What is hidden from the model: the agent's secrets, except those in the files that it works on.
 *
 * It can read those files anyway, and a mark in their place would be written back into the customer's code. What stands there
 * is told from the base, a commit of the customer's branch, which no model can write.
 */
import { createRedact, type NamedSecret, type Redact } from '../../base/redact.ts';

/** Whether a commit's files hold one of these texts. */
type HoldsText = (rev: string, texts: readonly string[]) => Promise<boolean>;

/** The secrets that are hidden from a model that works on this base. */
export type HiddenAt = (base: string) => Promise<readonly NamedSecret[]>;

export interface ModelRedact {
  /** Before the base is known every secret is hidden. */
  redact: Redact;
  /** Says which files the model is given from now on. Rejects with what kept the files from being read. */
  standOn(base: string): Promise<void>;
}

const textsOf = ({ value }: NamedSecret) => [value, Buffer.from(value).toString('base64').replace(/=+$/, '')];

/** Each base is looked through once. */
export function createHiddenAt(secrets: readonly NamedSecret[], holds: HoldsText): HiddenAt {
  const known = new Map<string, readonly NamedSecret[]>();

  async function look(base: string): Promise<readonly NamedSecret[]> {
    // Most of the time none of them stands there, and one look is all it takes.
    if (!(await holds(base, secrets.flatMap(textsOf)))) return secrets;
    const hidden: NamedSecret[] = [];
    for (const secret of secrets) if (!(await holds(base, textsOf(secret)))) hidden.push(secret);
    return hidden;
  }

  return async (base) => {
    const found = known.get(base) ?? (await look(base));
    known.set(base, found);
    return found;
  };
}

export function createModelRedact(secrets: readonly NamedSecret[], hiddenAt: HiddenAt): ModelRedact {
  let current = createRedact(secrets);
  return {
    redact: (text) => current(text),
    async standOn(base) {
      current = createRedact(await hiddenAt(base));
    },
  };
}
