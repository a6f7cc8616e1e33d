/** The queries of the tracker that Azure DevOps has us write as text. */

/** Which work items of a project are the agent's; all of it without any of them. */
export interface OwnItems {
  /** Only those in or below this area. */
  areaPath?: string | undefined;
  /** Only these types, when asked what changed. */
  workItemTypes?: readonly string[] | undefined;
  /** Only with this tag, when asked what changed. */
  requiredTag?: string | undefined;
}

interface ChangedQuery extends OwnItems {
  /** Milliseconds since 1970; undefined asks for all that are in `states`. */
  since: number | undefined;
  states: readonly string[];
  /** Only ids above this one: the next page. */
  afterId: number | undefined;
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
const oneOf = (field: string, values: readonly string[]) => `[${field}] IN (${values.map(quoted).join(', ')})`;

/** All that bear this tag, and maybe some whose tags hold it as a part. */
export function taggedWiql({ areaPath, tag }: Pick<ChangedQuery, 'areaPath'> & { tag: string }): string {
  const area = areaPath ? ` AND [System.AreaPath] UNDER ${quoted(areaPath)}` : '';
  return `SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project${area} AND [System.Tags] CONTAINS ${quoted(tag)}`;
}

/** Ids in ascending order, so that the last one of a page is where the next begins. */
export function changedWiql({ areaPath, workItemTypes, requiredTag, since, states, afterId }: ChangedQuery): string {
  const conditions = [
    // Without it a query looks through the whole organization, whatever project stands in its address.
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
