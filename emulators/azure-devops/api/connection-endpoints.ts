/** Connection data and resource locations: the first requests of every official client. */
import type { Call, Endpoint } from './call.ts';

function identityView(call: Call) {
  const { id, descriptor, name, mail } = call.person;
  return {
    id,
    descriptor: `Microsoft.IdentityModel.Claims.ClaimsIdentity;${call.tenant.instanceId}\\${mail}`,
    subjectDescriptor: descriptor,
    providerDisplayName: name,
    isActive: true,
    properties: { Account: { $type: 'System.String', $value: mail } },
    resourceVersion: 2,
    metaTypeId: 0,
  };
}

export const connectionEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/_apis/connectiondata',
    location: 'Location/ConnectionData',
    answer: (call) => ({
      authenticatedUser: identityView(call),
      authorizedUser: identityView(call),
      instanceId: call.tenant.instanceId,
      deploymentId: call.tenant.instanceId,
      deploymentType: 'hosted',
      locationServiceData: {
        serviceOwner: '00025394-6065-48ca-87d9-7f5672854ef7',
        defaultAccessMappingMoniker: 'PublicAccessMapping',
        lastChangeId: 1,
        lastChangeId64: 1,
      },
    }),
  },
  {
    method: 'GET',
    path: '/_apis/resourceareas',
    location: 'Location/ResourceAreas',
    answer: () => ({ count: 0, value: [] }),
  },
];
