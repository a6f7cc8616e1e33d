/** What is wrong with an address of PostgreSQL, in words that name no part of it that may be secret. */

const form = 'postgres://USER:PASSWORD@HOST:5432/DATABASE';
const modes: ReadonlySet<string> = new Set(['disable', 'no-verify', 'verify-full']);
/** What the client will read in another way some day, and warns of today. */
const unclear: ReadonlySet<string> = new Set(['require', 'prefer', 'verify-ca']);

function modeFault(given: URLSearchParams): string | undefined {
  const mode = given.get('sslmode');
  if (mode === null || modes.has(mode)) return undefined;
  if (!unclear.has(mode)) return `its sslmode is none of ${[...modes].join(', ')}`;
  if (given.get('uselibpqcompat') === 'true') return undefined;
  return `write sslmode=verify-full instead of sslmode=${mode}, whose meaning changes`;
}

/** Undefined if nothing is. */
export function databaseUrlFault(text: string): string | undefined {
  if (!/^postgres(ql)?:\/\//.test(text)) return `it must have the form ${form}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.hash !== '' || url.pathname.includes('@'))
    return `it must have the form ${form}; in the password # is written as %23, / as %2F and @ as %40`;
  return modeFault(url.searchParams);
}
