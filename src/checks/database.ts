/** Where the state is, and whether the server that has it fits. */
import { countOf } from '../base/text/count-of.ts';
import { limits } from '../limits.ts';
import { isHeardOf, type Nodes } from '../store/claims/nodes.ts';
import { shownPlace } from '../store/database/postgres.ts';
import { readServer, type ServerFacts } from '../store/database/server-facts.ts';
import { type Check, type Found, fail, warn } from './finding.ts';

/** The oldest that has all that we use. */
const majorMin = 14;
const shownSeconds = 1;

/** A pool, and one that listens. */
const ofNode = limits.databaseConnectionsMax + 1;

/** What people need not act on. */
function told({ version, aheadMs, takesHints, connectionsMax }: ServerFacts, place: string): string {
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  const off = `its clock is ${countOf(seconds, 'second')} ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine's, and counts`;
  return [
    `PostgreSQL ${version} at ${place}`,
    takesHints
      ? `it gives ${connectionsMax} connections, of which a node takes ${ofNode}`
      : 'a pooler stands between that swallows hints, so each node looks by itself',
    ...(seconds >= shownSeconds ? [off] : []),
  ].join('; ');
}

/** Whether the server takes the connections of so many nodes and of one command. */
function tooFew({ connectionsMax, takesHints }: ServerFacts, nodes: number): Found[] {
  const needed = nodes * ofNode + 1;
  // Behind a pooler it is the pooler that takes them.
  if (!takesHints || needed <= connectionsMax) return [];
  const what = `the database gives ${connectionsMax} connections, and ${countOf(nodes, 'node')} with a command ${nodes === 1 ? 'takes' : 'take'} up to ${needed}`;
  return [
    warn(what, 'Raise max_connections of the server, or the limit of the role or database; or put a pooler between.'),
  ];
}

export interface DatabaseCheckOptions {
  /** Of PostgreSQL; undefined where SQLite has the state. */
  readonly url: string | undefined;
  /** Opens the state. Throws OutsideError where it cannot be opened. */
  readonly nodes: () => Promise<Pick<Nodes, 'list'>>;
}

export function databaseCheck({ url, nodes }: DatabaseCheckOptions): Check {
  return {
    id: 'database',
    async look() {
      if (url === undefined) return 'SQLite in .jvagent/state: DATABASE_URL is not set';
      const working = (await (await nodes()).list()).filter(isHeardOf);
      const server = await readServer(url);
      const place = shownPlace(url);
      if (server.isCopy)
        return fail(`${place} is a copy that takes no writes`, 'Let DATABASE_URL lead to the primary.');
      if (!server.takesWrites)
        return fail(
          `${place} takes no writes: its default_transaction_read_only is on`,
          'Turn that off, or let DATABASE_URL lead to the primary.',
        );
      if (Number.parseInt(server.version, 10) < majorMin)
        return fail(`${place} is PostgreSQL ${server.version}`, `Use PostgreSQL ${majorMin} or newer.`);
      return [told(server, place), ...tooFew(server, Math.max(1, working.length))];
    },
  };
}
