/** GitHub's error answers, with the bodies that its clients read. */
import { HTTPException } from 'hono/http-exception';

interface FieldError {
  resource: string;
  code: 'missing_field' | 'invalid' | 'custom' | 'missing';
  field?: string;
  message?: string;
}

/** Ends the request with this error. */
export function refuse(status: 400 | 401 | 403 | 404 | 405 | 409 | 422, message: string, errors?: FieldError[]): never {
  const body = {
    message,
    ...(errors && { errors }),
    documentation_url: 'https://docs.github.com/rest',
    status: `${status}`,
  };
  throw new HTTPException(status, { message, res: Response.json(body, { status }) });
}

export const refuseField = (resource: string, field: string, code: FieldError['code']): never =>
  refuse(422, 'Validation Failed', [{ resource, field, code }]);

export const refuseCustom = (resource: string, message: string): never =>
  refuse(422, 'Validation Failed', [{ resource, code: 'custom', message }]);
