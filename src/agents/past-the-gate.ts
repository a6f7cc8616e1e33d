/** What an agent's configuration gives to its engine or its own tools that no gate stands before. */
import type { AgentConfig } from './config/config.ts';

/** In words, one each: secrets given to tools or the engine, and domains that the engine reaches. */
export function givenPastTheGate({ toolSecrets, cliSecrets, sandbox }: AgentConfig): string[] {
  return [
    ...Object.entries(toolSecrets).map(([name, tools]) => `${name} to the tools ${tools.join(', ')} (toolSecrets)`),
    ...cliSecrets.map((name) => `${name} to the engine (cliSecrets)`),
    ...(sandbox.domainsInTurn
      ? sandbox.domains.map((domain) => `${domain} to the engine (sandbox.domainsInTurn)`)
      : []),
  ];
}

/** What each turn of the engine says of itself, a sentence each: which places it reaches, and which secrets it knows. */
export function engineWarnings({ cliSecrets, sandbox: { domains, domainsInTurn } }: AgentConfig): string[] {
  const places = domainsInTurn ? domains.join(', ') : '';
  const names = cliSecrets.join(', ');
  return [
    ...(places
      ? [`The engine can reach ${places}, and what it reads can leave by them: sandbox.domainsInTurn is set.`]
      : []),
    ...(names ? [`Every command of the engine can read ${names}: cliSecrets gives it to its environment.`] : []),
  ];
}
