/**
 * Which network each of an agent's programs gets.
 *
 * set-up: `sandbox.domains` and the registries; tests: `sandbox.domains`; engine: those too, but only with
 * `sandbox.domainsInTurn`; tool host: `toolDomains`. An empty list means no network.
 */
import type { AgentConfig } from '../agents/config/config.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Outbound } from '../outbound/outbound.ts';
import type { NoteRefusal } from '../refusal.ts';
import type { Network } from '../sandbox/network.ts';
import type { Registry } from '../sandbox/registry.ts';

export interface NetworksOptions {
  config: Pick<AgentConfig, 'sandbox' | 'toolDomains'>;
  registries: readonly Registry[];
  /** Where sockets are created; its path must be short. */
  runFolder: string;
  allowLoopback: boolean;
  outbound: Outbound;
  /** Told of each place that a program was kept from. */
  refused: NoteRefusal;
  clock: Clock;
  log: Log;
}

/** `refused` is told of what is refused in this one network, instead of the agent's own. */
export type OpenNetwork = (refused?: NoteRefusal) => Promise<Network>;

export type Networks = Record<'setUp' | 'tests' | 'engine' | 'toolHost', OpenNetwork>;

export function createNetworks(options: NetworksOptions): Networks {
  const { config, runFolder, allowLoopback, outbound, clock, log } = options;
  const { domains, domainsInTurn } = config.sandbox;
  const open =
    (places: readonly string[], registries: readonly Registry[] = []): OpenNetwork =>
    async (note = options.refused) => {
      // Loaded for the first program: most workers start none.
      const [{ openNetwork }, { reachFrom }] = await Promise.all([
        import('../sandbox/network.ts'),
        import('../sandbox/reach.ts'),
      ]);
      const reachOf = reachFrom({ allowLoopback, outbound });
      const refused = (place: string) => note({ action: 'connect', target: place, code: 'DOMAIN_DENIED' });
      return openNetwork({ folder: runFolder, domains: places, registries, reachOf, outbound, refused, clock, log });
    };
  return {
    setUp: open(domains, options.registries),
    tests: open(domains),
    engine: open(domainsInTurn ? domains : []),
    toolHost: open(config.toolDomains),
  };
}
