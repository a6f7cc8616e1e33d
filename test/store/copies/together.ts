/** What two stores of one database do at once. */

/** At the same moment on PostgreSQL. Two stores of one SQLite in one process would wait for each other for ever: one after the other. */
export async function together(url: string | undefined, ...steps: (() => Promise<unknown>)[]): Promise<void> {
  if (url !== undefined) await Promise.all(steps.map((step) => step()));
  else for (const step of steps) await step();
}
