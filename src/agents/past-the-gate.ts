/** What an agent's configuration gives to its engine or its own tools without the gate's control. */
import type { AgentConfig } from './config/config.ts';

/** Describes each secret given to tools or the engine, and each domain that the engine can reach. */
export function givenPastTheGate({ toolSecrets, cliSecrets, sandbox }: AgentConfig): string[] {
  return [
    ...Object.entries(toolSecrets).map(([name, tools]) => `${name} to the tools ${tools.join(', ')} (toolSecrets)`),
    ...cliSecrets.map((name) => `${name} to the engine (cliSecrets)`),
    ...(sandbox.domainsInTurn
      ? sandbox.domains.map((domain) => `${domain} to the engine (sandbox.domainsInTurn)`)
      : []),
  ];
}

/** The warnings for each turn of the engine: which hosts it can reach, and which secrets it can read. */
export function engineWarnings({ cliSecrets, sandbox: { domains, domainsInTurn } }: AgentConfig): string[] {
  const places = domainsInTurn ? domains.join(', ') : '';
  const names = cliSecrets.join(', ');
  return [
    ...(places
      ? [`The engine can reach ${places} and can send what it reads there, because sandbox.domainsInTurn is set.`]
      : []),
    ...(names
      ? [`Every command of the engine can read ${names}, because cliSecrets puts it into the environment.`]
      : []),
  ];
}
