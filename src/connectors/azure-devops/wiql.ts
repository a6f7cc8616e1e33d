/** Builds the tracker's queries as WIQL text. */

/** Which work items of a project belong to the agent; without any of these fields, all do. */
export interface OwnItems {
  /** Only items in this area or below it. */
  areaPath?: string | undefined;
  /** Only these types; used in queries for changes. */
  workItemTypes?: readonly string[] | undefined;
  /** Only items with this tag; used in queries for changes. */
  requiredTag?: string | undefined;
}

interface ChangedQuery extends OwnItems {
  /** Milliseconds since 1970; undefined returns all items in `states`. */
  since: number | undefined;
  states: readonly string[];
  /** Only ids greater than this one, for the next page. */
  afterId: number | undefined;
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
const oneOf = (field: string, values: readonly string[]) => `[${field}] IN (${values.map(quoted).join(', ')})`;

/** Finds all items with this tag, and possibly some with a tag that contains it. */
export function taggedWiql({ areaPath, tag }: Pick<ChangedQuery, 'areaPath'> & { tag: string }): string {
  const area = areaPath ? ` AND [System.AreaPath] UNDER ${quoted(areaPath)}` : '';
  return `SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project${area} AND [System.Tags] CONTAINS ${quoted(tag)}`;
}

/** Ids in ascending order: the next page begins after the last id. */
export function changedWiql({ areaPath, workItemTypes, requiredTag, since, states, afterId }: ChangedQuery): string {
  const conditions = [
    // Without this condition a query searches the whole organization, even if its url contains a project.
    '[System.TeamProject] = @project',
    areaPath && `[System.AreaPath] UNDER ${quoted(areaPath)}`,
    workItemTypes?.length && oneOf('System.WorkItemType', workItemTypes),
    requiredTag && `[System.Tags] CONTAINS ${quoted(requiredTag)}`,
    since === undefined
      ? oneOf('System.State', states)
      : `[System.ChangedDate] >= ${quoted(new Date(since).toISOString())}`,
    afterId !== undefined && `[System.Id] > ${afterId}`,
  ].filter(Boolean);
  return `SELECT [System.Id] FROM WorkItems WHERE ${conditions.join(' AND ')} ORDER BY [System.Id]`;
}
