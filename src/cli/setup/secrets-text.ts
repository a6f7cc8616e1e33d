/** The text of a new secrets.env: a line for every name that the agent needs, filled in where its value is known. */
import { parseEnv } from 'node:util';
import type { AgentConfig } from '../../agents/config/config.ts';
import { neededBy } from '../../agents/secrets/needed.ts';
import { type Refusal, refuse } from '../../refusal.ts';

/** `NAME=value` in the first form that reads back as the same value; undefined if there is none. */
export function envLine(name: string, value: string): string | undefined {
  const forms = ['', "'", '"', '`'].map((quote) => `${name}=${quote}${value}${quote}`);
  return forms.find((line) => parseEnv(`${line}\n`)[name] === value);
}

/** CONFIG_INVALID names a value that no dotenv file can hold, never the value itself. */
export function secretsText(
  id: string,
  config: AgentConfig | undefined,
  given: Readonly<Record<string, string>>,
): string | Refusal {
  const needed = config ? neededBy(config) : [];
  const others = Object.keys(given).filter((name) => !needed.some((each) => each.name === name));
  const lines: string[] = [`# Secrets of ${id}. Keep this file private (mode 600). No other agent reads it.`];
  for (const { name, why } of [...needed, ...others.map((name) => ({ name, why: '' }))]) {
    const line = envLine(name, given[name] ?? '');
    if (line === undefined) {
      const why = `the value of ${name} mixes all kinds of quotes, so no secrets.env can hold it`;
      return refuse('CONFIG_INVALID', why, `Use another value for ${name}.`);
    }
    lines.push(...(why ? ['', `# ${why}`] : ['']), line);
  }
  return `${lines.join('\n')}\n`;
}
