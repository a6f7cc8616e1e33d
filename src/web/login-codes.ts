/** Codes that log in once: `jvagent open` asks for one, so that no token stands in an address. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { sha256 } from '../base/digest.ts';
import { limits } from '../limits.ts';
import type { Login } from './caller.ts';

type Given = Pick<Login, 'access' | 'person'>;

export interface LoginCodes {
  /** Good for `seconds`, or for as long as somebody needs who asked for it. */
  make(given: Given, seconds?: number): { readonly code: string; readonly until: number };
  /** Undefined for a code that was never made, was used, or is too old. */
  use(code: string): Given | undefined;
}

/** Only digests are kept, and only in memory. */
export function createLoginCodes(clock: Pick<Clock, 'now'>): LoginCodes {
  const open = new Map<string, Given & { until: number }>();
  return {
    make(given, seconds = limits.loginCodeSeconds) {
      const code = randomBytes(16).toString('base64url');
      const until = clock.now() + seconds * 1_000;
      const [oldest] = open.keys();
      if (oldest !== undefined && open.size >= limits.loginCodesMax) open.delete(oldest);
      open.set(sha256(code), { ...given, until });
      return { code, until };
    },
    use(code) {
      const found = open.get(sha256(code));
      open.delete(sha256(code));
      return found && found.until > clock.now() ? { access: found.access, person: found.person } : undefined;
    },
  };
}
