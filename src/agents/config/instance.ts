/** The `instance` block of jvAgent.json: where the customer's product runs, and how changes are deployed to it. */
import { z } from 'zod';
import { count, outsideUrl, text, urlPath } from './forms.ts';

const day = '(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01][0-9]|2[0-3]):[0-5][0-9]';
const freezeForm = new RegExp(`^${day}-${day} (\\S+)$`);

/** Whether this machine knows the timezone by its IANA name. */
export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A weekly period without deployments. */
const freeze = z
  .string()
  .refine(
    (value) => isTimezone(freezeForm.exec(value)?.at(-1) ?? ''),
    'a weekly period such as: Fri 16:00-Mon 06:00 Europe/Berlin',
  );

const states = (state: string) => z.array(text).min(1).default([state]);

const deployConfig = z.looseObject({
  /** `observe` waits until the customer's own pipeline has deployed. */
  mode: z.enum(['push', 'observe', 'off']).default('push'),
  request: z
    .looseObject({
      method: z.enum(['POST', 'PUT', 'PATCH']).default('POST'),
      path: urlPath.default('/deployments'),
      body: z.enum(['sha', 'archive']).default('sha'),
    })
    .prefault({}),
  status: z
    .looseObject({
      path: urlPath.default('/deployments/{id}'),
      done: states('succeeded'),
      failed: states('failed'),
    })
    .prefault({}),
  version: z
    .looseObject({
      path: urlPath.default('/version'),
      pointer: z
        .string()
        .regex(/^(\/[^/]+)+$/, 'a JSON pointer such as /commit')
        .default('/commit'),
    })
    .prefault({}),
  health: z
    .looseObject({
      path: urlPath.default('/health'),
      /** How long a new version may be unhealthy at first. */
      settleMinutes: z.number().min(0).max(60).default(2),
    })
    .prefault({}),
  rollback: z
    .looseObject({
      method: z.enum(['POST', 'PUT', 'PATCH']).default('POST'),
      path: urlPath.default('/deployments/{id}/rollback'),
      mode: z.enum(['auto', 'ask', 'never']).default('auto'),
    })
    .prefault({}),
  timeoutMinutes: count.max(240).default(10),
  freeze: z.array(freeze).default([]),
});

export const instanceConfig = z.looseObject({
  /** INSTANCE_URL in secrets.env overrides it, or replaces it if it is absent. */
  url: outsideUrl.optional(),
  name: text,
  /** Paths that an impl agent may propose writes to: `*` is one segment, `**` any number. A person confirms each write. */
  writePaths: z.array(urlPath).default([]),
  /** The mail addresses of those who may confirm a write in Slack. */
  confirmers: z.array(z.email('a mail address')).default([]),
  deploy: deployConfig.prefault({}),
});

export type InstanceConfig = z.output<typeof instanceConfig>;
