/** Files that people attach to work items: they are uploaded, then linked by a relation, and read by id. */
import { randomUUID } from 'node:crypto';
import type { Call, Endpoint } from '../api/call.ts';
import { ApiError, errors } from '../api/errors.ts';

const path = '/_apis/wit/attachments';
const location = 'wit/attachments';

function upload({ tenant, project, base, body, query }: Call) {
  const name = query('fileName');
  if (!name) throw errors.badArgument('Value cannot be null. Parameter name: fileName');
  const id = randomUUID();
  tenant.attachments.set(id, { name, bytes: body as Uint8Array, at: tenant.nextTime() });
  const home = project ? `${base}/${project.id}` : base;
  return { id, url: `${home}${path}/${id}?fileName=${encodeURIComponent(name)}` };
}

function download({ tenant }: Call, id = ''): Response {
  const file = tenant.attachments.get(id);
  if (!file) {
    const message = 'TF237090: Does not exist or access is denied.';
    throw new ApiError({ status: 404, typeKey: 'AttachmentNotFoundException', message });
  }
  const headers = {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
  };
  return new Response(new Uint8Array(file.bytes), { headers });
}

export const attachmentEndpoints: readonly Endpoint[] = [
  { method: 'POST', path, location, status: 201, mediaType: 'application/octet-stream', answer: upload },
  { method: 'GET', path: `${path}/:id`, location, answer: (call, { id }) => download(call, id) },
];
