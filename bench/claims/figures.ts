/** The product's own figures of leases, made smaller, so that a fault takes seconds and not minutes. */
import { limits } from '../../src/limits.ts';

const databaseSecondsMin = 5;

/** Must be called before the code that takes them from there is loaded. */
export function shorten(by: number): void {
  const { leaseSeconds, leaseRenewSeconds, leaseMarginSeconds, leaseWatchMs, databaseSecondsMax } = limits;
  const shorter = {
    leaseSeconds: leaseSeconds / by,
    leaseRenewSeconds: leaseRenewSeconds / by,
    leaseMarginSeconds: leaseMarginSeconds / by,
    leaseWatchMs: leaseWatchMs / by,
    // A busy machine needs some seconds for a connection; what is right does not depend on it.
    databaseSecondsMax: Math.max(databaseSecondsMax / by, databaseSecondsMin),
  };
  Object.assign(limits, shorter);
}
