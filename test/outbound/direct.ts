/** The way out of tests that need none: no proxy, and the authorities that Node brings. */
import { openOutbound } from '../../src/outbound/outbound.ts';

import { reachFrom } from '../../src/sandbox/reach.ts';

export const direct = openOutbound({ noProxy: '', authorities: [] });

/** The network of programs in the sandbox whose places may be on loopback. */
export const toLoopback = { reachOf: reachFrom({ allowLoopback: true, outbound: direct }), outbound: direct };
