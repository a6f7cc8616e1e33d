/** The people and groups of an organization, as Azure DevOps tells of them. */
import { z } from 'zod';
import type { Account } from '../../work-items/tracker.ts';

const property = z.object({ $value: z.string().default('') }).nullish();
export const identitiesShape = z.object({
  value: z.array(
    z
      .object({
        id: z.string(),
        providerDisplayName: z.string().default(''),
        customDisplayName: z.string().nullish(),
        isContainer: z.boolean().nullish(),
        properties: z.object({ SchemaClassName: property, Account: property }).nullish(),
      })
      .nullable(),
  ),
});

type Identity = NonNullable<z.output<typeof identitiesShape>['value'][number]>;

function accountOf({ id, providerDisplayName, customDisplayName, isContainer, properties }: Identity): Account {
  const isGroup = isContainer === true || properties?.SchemaClassName?.$value === 'Group';
  const name = customDisplayName || providerDisplayName;
  return { id, name, mail: (properties?.Account?.$value ?? '').toLowerCase(), isGroup };
}

export const isGuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The query for everybody of this id, mail address, sign-in name or display name.
 * https://learn.microsoft.com/rest/api/azure/devops/ims/identities/read-identities
 */
export const identitiesQuery = (text: string): Readonly<Record<string, string>> =>
  isGuid.test(text) ? { identityIds: text } : { searchFilter: 'General', filterValue: text };

/** Those who were found. */
export const accountsOf = ({ value }: z.output<typeof identitiesShape>): Account[] =>
  value.flatMap((identity) => (identity ? [accountOf(identity)] : []));
