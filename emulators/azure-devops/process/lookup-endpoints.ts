/** What the organization says of its people and groups, of the tags of a project, and of the caller's rights. */
import { type Call, type Endpoint, valueList } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import { guidOf } from '../guid.ts';
import { tagsOf } from '../items/field-values.ts';
import { current } from '../items/item-store.ts';

/** `[Acme]\Readers` -> `Readers`. */
const groupName = (name: string) => name.split('\\').at(-1) ?? name;

interface Identity {
  id: string;
  name: string;
  account: string;
  mail?: string;
  isGroup: boolean;
}

const builtInGroups = ['Project Administrators', 'Contributors', 'Readers'];

function identitiesOf({ tenant }: Call): Identity[] {
  const people = tenant.people.map(({ id, name, mail }) => ({ id, name, account: mail, mail, isGroup: false }));
  const groups = tenant.projects.flatMap((project) =>
    builtInGroups.map((account) => {
      const name = `[${project.name}]\\${account}`;
      return { id: guidOf(`${tenant.organization}/group/${name}`), name, account, isGroup: true };
    }),
  );
  const own = tenant.groups.map(({ id, name }) => ({ id, name, account: groupName(name), isGroup: true }));
  return [...people, ...groups, ...own];
}

const property = (value: string) => ({ $type: 'System.String', $value: value });

function identityView({ tenant }: Call, { id, name, account, mail = '', isGroup }: Identity) {
  const kind = isGroup ? 'Microsoft.TeamFoundation.Identity' : 'Microsoft.IdentityModel.Claims.ClaimsIdentity';
  return {
    id,
    descriptor: `${kind};${tenant.instanceId}\\${account}`,
    subjectDescriptor: `${isGroup ? 'vssgp' : 'aad'}.${Buffer.from(id).toString('base64url')}`,
    providerDisplayName: name,
    isActive: true,
    ...(isGroup && { isContainer: true }),
    members: [],
    memberOf: [],
    memberIds: [],
    properties: {
      SchemaClassName: property(isGroup ? 'Group' : 'User'),
      Account: property(account),
      Mail: property(mail),
    },
    resourceVersion: 2,
    metaTypeId: isGroup ? 255 : 0,
  };
}

/** By id, or by a whole display name, account name or mail address; case is ignored. */
function identities(call: Call) {
  const ids = call.query('identityIds')?.toLowerCase().split(',');
  const filter = call.query('searchFilter')?.toLowerCase();
  const wanted = call.query('filterValue')?.toLowerCase();
  if (!ids && (filter !== 'general' || !wanted)) throw errors.badArgument('A search filter and a value are required.');
  const found = identitiesOf(call).filter(({ id, name, account, mail }) =>
    ids ? ids.includes(id) : [name, account, mail].some((form) => form?.toLowerCase() === wanted),
  );
  return valueList(found.map((identity) => identityView(call, identity)));
}

/** Every tag that a work item of the project has. */
function tags({ tenant, project, base }: Call) {
  if (!project) throw errors.missingProject('');
  const items = tenant.items().map((item) => current(item).fields);
  const own = items.filter((fields) => fields['System.TeamProject'] === project.name);
  const names = new Map(own.flatMap((fields) => tagsOf(fields['System.Tags']).map((tag) => [tag.toLowerCase(), tag])));
  return valueList(
    [...names.values()].map((name) => {
      const id = guidOf(`${project.id}/tag/${name}`);
      return { id, name, url: `${base}/${project.id}/_apis/wit/tags/${id}` };
    }),
  );
}

/** Everybody may do everything: one answer for each token. */
function permissions(call: Call) {
  return valueList((call.query('tokens') ?? '').split(call.query('delimiter') ?? ',').map(() => true));
}

export const lookupEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/_apis/identities', location: 'IMS/Identities', answer: identities },
  { method: 'GET', path: '/_apis/wit/tags', location: 'wit/tags', answer: tags },
  {
    method: 'GET',
    path: '/_apis/permissions/:namespace/:bits',
    location: 'Security/Permissions',
    answer: permissions,
  },
];
