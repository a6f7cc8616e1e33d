/**
 * When the token expires, as GitHub says with each answer to a personal access token that does.
 *
 * https://docs.github.com/rest/authentication/authenticating-to-the-rest-api
 */

export interface TokenExpiry {
  /** Reads it from the headers of a good answer. */
  note(header: (name: string) => string | undefined): void;
  /** Milliseconds since 1970; null for a token that lasts, undefined while nothing is known. */
  tokenExpiresAt(): number | null | undefined;
}

/** `2026-12-06 13:00:00 UTC`, or with an offset in its place. */
const form = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (UTC|[+-]\d{4})$/;

function read(text: string): number | undefined {
  const [, day, time, zone = ''] = form.exec(text) ?? [];
  const at = Date.parse(`${day}T${time}${zone === 'UTC' ? 'Z' : zone.replace(/(\d\d)$/, ':$1')}`);
  return Number.isNaN(at) ? undefined : at;
}

export function createTokenExpiry(): TokenExpiry {
  let at: number | null | undefined;
  return {
    note(header) {
      const text = header('github-authentication-token-expiration');
      at = text === undefined ? null : read(text);
    },
    tokenExpiresAt: () => at,
  };
}
