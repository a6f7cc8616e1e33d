/** All errors of the emulator, with Azure DevOps' own message, status and `typeKey`. */

interface ErrorFacts {
  status: 400 | 403 | 404 | 409 | 412 | 415;
  typeKey: string;
  message: string;
  /** The namespace and assembly around the key in `typeName`. */
  assembly?: string;
  eventId?: number;
  customProperties?: Record<string, unknown>;
}

/** Can be thrown anywhere in an endpoint; becomes the answer. */
export class ApiError extends Error {
  readonly status: ErrorFacts['status'];
  readonly facts: ErrorFacts;

  constructor(facts: ErrorFacts) {
    super(facts.message);
    this.name = 'ApiError';
    this.status = facts.status;
    this.facts = facts;
  }

  /** The JSON body. */
  body(): Record<string, unknown> {
    const { typeKey, message, assembly = trackingAssembly, eventId = 3000, customProperties } = this.facts;
    return {
      $id: '1',
      ...(customProperties && { customProperties }),
      innerException: null,
      message,
      typeName: `${assembly}.${typeKey}, ${assembly}`,
      typeKey,
      errorCode: 0,
      eventId,
    };
  }
}

interface RequiredField {
  referenceName: string;
  name: string;
}

const trackingAssembly = 'Microsoft.TeamFoundation.WorkItemTracking.Server';
const webApiAssembly = 'Microsoft.VisualStudio.Services.WebApi';

export const errors = {
  missingItem: (id: number) =>
    new ApiError({
      status: 404,
      typeKey: 'WorkItemUnauthorizedAccessException',
      message: `TF401232: Work item ${id} does not exist, or you do not have permissions to read it.`,
      eventId: 3200,
    }),
  missingRevision: (id: number, rev: number) =>
    new ApiError({
      status: 404,
      typeKey: 'WorkItemRevisionNotFoundException',
      message: `VS402877: Work item ${id} does not have revision ${rev}.`,
    }),
  missingComment: (id: number) =>
    new ApiError({
      status: 404,
      typeKey: 'WorkItemCommentNotFoundException',
      message: `VS404047: Comment ${id} does not exist, or you do not have permissions to read it.`,
    }),
  missingSubscription: (id: string) =>
    new ApiError({
      status: 404,
      typeKey: 'SubscriptionNotFoundException',
      assembly: 'Microsoft.VisualStudio.Services.ServiceHooks.WebApi',
      message: `The subscription ${id} does not exist, or you do not have permissions to read it.`,
    }),
  missingProject: (name: string) =>
    new ApiError({
      status: 404,
      typeKey: 'ProjectDoesNotExistWithNameException',
      assembly: 'Microsoft.TeamFoundation.Core.WebApi',
      message: `TF200016: The following project does not exist: ${name}. Verify that the name of the project is correct and that the project exists on the specified Azure DevOps Server.`,
    }),
  missingType: (name: string) =>
    new ApiError({
      status: 404,
      typeKey: 'WorkItemTypeNotFoundException',
      message: `VS402323: Work item type ${name} does not exist in the project, or you do not have permission to access it.`,
    }),
  missingTeam: (name: string) =>
    new ApiError({
      status: 404,
      typeKey: 'TeamNotFoundException',
      assembly: 'Microsoft.Azure.DevOps.Core.WebApi',
      message: `The team with id '${name}' does not exist.`,
    }),
  missingBoard: (name: string) =>
    new ApiError({
      status: 404,
      typeKey: 'BoardDoesNotExistException',
      assembly: 'Microsoft.TeamFoundation.Agile.Server',
      message: `The board ${name} does not exist.`,
    }),
  missingField: (name: string) =>
    new ApiError({
      status: 400,
      typeKey: 'WorkItemTrackingFieldDefinitionNotFoundException',
      message: `TF51535: Cannot find field ${name}.`,
    }),
  readOnlyField: (name: string) =>
    new ApiError({
      status: 400,
      typeKey: 'RuleValidationException',
      message: `TF401326: Invalid field status 'ReadOnly' for field '${name}'.`,
      customProperties: ruleErrors(name, 'readOnly', `TF401326: Invalid field status 'ReadOnly' for field '${name}'.`),
    }),
  notInList: (referenceName: string, name: string, value: string) => {
    const message = `The field '${name}' contains the value '${value}' that is not in the list of supported values`;
    const status = 'hasValues, limitedToValues, invalidListValue';
    const customProperties = ruleErrors(referenceName, status, message);
    return new ApiError({ status: 400, typeKey: 'RuleValidationException', message, customProperties });
  },
  /** All fields that must have a value are in the answer's properties; its message names the first. */
  required: (fields: readonly [RequiredField, ...RequiredField[]]) => {
    const messageOf = ({ name }: RequiredField) =>
      `TF401320: Rule Error for field ${name}. Error code: Required, InvalidEmpty.`;
    const failures = fields.map((field) => ({
      fieldReferenceName: field.referenceName,
      fieldStatusFlags: 'required, invalidEmpty',
      errorMessage: messageOf(field),
    }));
    const customProperties = { RuleValidationErrors: failures };
    return new ApiError({
      status: 400,
      typeKey: 'RuleValidationException',
      message: messageOf(fields[0]),
      customProperties,
    });
  },
  badIdentity: (referenceName: string, name: string, value: string, why: 'unknown' | 'ambiguous') => {
    const message = `The identity value '${value}' for field '${name}' is an ${why} identity.`;
    const customProperties = ruleErrors(referenceName, 'invalidIdentityField', message);
    return new ApiError({ status: 400, typeKey: 'RuleValidationException', message, customProperties });
  },
  /** The id is -1 for a work item that is being created. */
  badTreeName: (id: number, name: string) =>
    new ApiError({
      status: 400,
      typeKey: 'WorkItemFieldInvalidTreeNameException',
      message: `TF401347: Invalid tree name given for work item ${id}, field '${name}'.`,
    }),
  missingNode: (name: string) =>
    new ApiError({
      status: 404,
      typeKey: 'WorkItemTrackingTreeNodeNotFoundException',
      message: `VS402485: The Area/Iteration name is not recognized: ${name}`,
    }),
  nodeExists: (name: string, parent: string) =>
    new ApiError({
      status: 409,
      typeKey: 'ClassificationNodeDuplicateNameException',
      message: `VS402371: Classification node name ${name} is already in use by a different child of parent classification node ${parent}. Choose a different name and try again.`,
    }),
  badNodeName: (name: string) =>
    new ApiError({
      status: 400,
      typeKey: 'ClassificationNodeInvalidNameException',
      message: `The name '${name}' is not valid for an area or iteration.`,
    }),
  relationExists: () =>
    new ApiError({ status: 400, typeKey: 'RelationAlreadyExistsException', message: 'Relation already exists.' }),
  badRelation: (message: string) => new ApiError({ status: 400, typeKey: 'WorkItemLinkInvalidException', message }),
  formatWithoutField: (name: string) =>
    new ApiError({
      status: 400,
      typeKey: 'VssPropertyValidationException',
      assembly: webApiAssembly,
      message: `VS403319: The type changed without a value for field ${name}`,
    }),
  datesMustIncrease: (id: number) =>
    new ApiError({
      status: 400,
      typeKey: 'WorkItemDatesNotIncreasingException',
      message: `VS402625: Dates must be increasing with each revision (work item ${id}).`,
    }),
  badPatch: (message = 'You must pass a valid patch document in the body of the request.') =>
    new ApiError({ status: 400, typeKey: 'VssPropertyValidationException', assembly: webApiAssembly, message }),
  testFailed: (path: string, value: unknown, tested: unknown) =>
    new ApiError({
      status: 412,
      typeKey: 'TestPatchOperationFailedException',
      assembly: 'Microsoft.VisualStudio.Services.WebApi.Patch',
      message: `VS403351: Test Operation for path ${path} failed, value ${value} was not equal to test value ${tested}.`,
    }),
  badArgument: (message: string) =>
    new ApiError({ status: 400, typeKey: 'InvalidArgumentValueException', assembly: webApiAssembly, message }),
  badQuery: (message: string, typeKey: 'SyntaxException' | 'ValidationException' = 'SyntaxException') =>
    new ApiError({ status: 400, typeKey, message }),
  tooManyResults: (countMax: number) =>
    new ApiError({
      status: 400,
      typeKey: 'WorkItemTrackingQueryResultSizeLimitExceededException',
      message: `VS402337: The number of work items returned exceeds the size limit of ${countMax}. Change the query to return fewer items.`,
    }),
  mediaType: (type: string) =>
    new ApiError({
      status: 415,
      typeKey: 'UnsupportedMediaTypeException',
      assembly: 'System.Net.Http',
      message: `The request entity's media type '${type}' is not supported for this resource.`,
      eventId: 0,
    }),
  noVersion: (method: string) =>
    new ApiError({
      status: 400,
      typeKey: 'VssVersionNotSpecifiedException',
      assembly: webApiAssembly,
      message: `No api-version was supplied for the "${method}" request. The version must be supplied either as part of the Accept header (e.g. "application/json; api-version=1.0") or as a query parameter (e.g. "?api-version=1.0").`,
    }),
  previewOnly: (version: string) =>
    new ApiError({
      status: 400,
      typeKey: 'VssInvalidPreviewVersionException',
      assembly: webApiAssembly,
      message: `The requested version "${version}" of the resource is under preview. The -preview flag must be supplied in the api-version for such requests. For example: "${version}-preview"`,
    }),
  versionOutOfRange: (version: string) =>
    new ApiError({
      status: 400,
      typeKey: 'VssVersionOutOfRangeException',
      assembly: webApiAssembly,
      message: `The requested REST API version of ${version} is out of range for this server. The latest REST API version this server supports is 7.2.`,
    }),
};

function ruleErrors(fieldReferenceName: string, fieldStatusFlags: string, errorMessage: string) {
  return { RuleValidationErrors: [{ fieldReferenceName, fieldStatusFlags, errorMessage }] };
}
