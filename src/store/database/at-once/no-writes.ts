/** PostgreSQL's code for a write on a server that takes none: a copy, one that was demoted, or one set to be read only. */
const readOnly = '25006';

/** Whether an error says that the server takes no writes. */
export const takesNoWrites = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === readOnly;
