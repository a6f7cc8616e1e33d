/** Who asks, as every part of the dashboard knows them. */
import type { Viewer } from './page.ts';

export type Access = Viewer['access'];

/** Somebody with a token, or with a login that a token gave. */
export interface Caller {
  readonly access: Access;
  /** As messages and audit entries name them. */
  readonly person: string;
  /** Undefined for a program, which sends its token with every request. */
  readonly login?: Login | undefined;
}

export interface Login {
  readonly id: string;
  readonly access: Access;
  readonly person: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** What Hono carries through one request. */
export interface WebEnv {
  Variables: {
    caller: Caller;
    /** What was sent: the fields of a form or of a JSON object. */
    fields: Readonly<Record<string, unknown>>;
  };
}
