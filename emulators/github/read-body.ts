/** Reads a JSON body with its schema; refuses an invalid one with GitHub's messages. */
import type { Context } from 'hono';
import type { z } from 'zod';
import { refuse } from './refuse.ts';

/** An empty body counts as `{}`; `resource` is the name in GitHub's error. */
export async function readBody<T>(c: Context, schema: z.ZodType<T>, resource: string): Promise<T> {
  const text = await c.req.text();
  let body: unknown;
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch {
    return refuse(400, 'Problems parsing JSON');
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => {
    const field = path.join('.');
    const missing = /received undefined/.test(message);
    return { resource, field, code: missing ? ('missing_field' as const) : ('invalid' as const) };
  });
  return refuse(422, 'Validation Failed', errors);
}
