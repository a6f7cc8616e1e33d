/** WIQL over HTTP: returns only ids, whatever the query selects. */
import type { Clock } from '../../../src/base/clock.ts';
import { type Call, countOf, type Endpoint, objectBody } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import { dateView, itemUrl } from '../items/views.ts';
import type { Field } from '../process/fields.ts';
import { evaluateWiql } from './wiql-evaluate.ts';
import { parseWiql } from './wiql-parse.ts';

const queryCharsMax = 32 << 10;

interface QueryParts {
  clock: Clock;
  /** A query without `$top` that finds more than this fails; the result is not cut. */
  resultsMax: number;
}

/** `POST wit/wiql`, also under a team. */
export function createQueryEndpoint({ clock, resultsMax }: QueryParts): Endpoint {
  function answer(call: Call) {
    const { query: source } = objectBody(call);
    if (typeof source !== 'string' || source.length > queryCharsMax)
      throw errors.badQuery('TF51006: The query statement is missing or too long.');
    const query = parseWiql(source);
    const found = evaluateWiql(query, {
      tenant: call.tenant,
      person: call.person,
      projectName: call.project?.name,
      nowMs: clock.now(),
      timePrecision: call.query('timePrecision')?.toLowerCase() === 'true',
    });
    const top = call.query('top');
    if (top === undefined && found.length > resultsMax) throw errors.tooManyResults(resultsMax);
    const column = ({ referenceName, name }: Field) => ({
      referenceName,
      name,
      url: `${call.base}/_apis/wit/fields/${referenceName}`,
    });
    return {
      queryType: 'flat',
      queryResultType: 'workItem',
      asOf: dateView(new Date(clock.now()).toISOString()),
      columns: query.columns.map(column),
      ...(query.orderBy.length > 0 && {
        sortColumns: query.orderBy.map(({ field, descending }) => ({ field: column(field), descending })),
      }),
      workItems: found
        .slice(0, countOf(top, resultsMax, resultsMax))
        .map((item) => ({ id: item.id, url: itemUrl(call, item) })),
    };
  }
  return { method: 'POST', path: '/_apis/wit/wiql', location: 'wit/wiql', answer };
}
