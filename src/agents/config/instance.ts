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

const method = z.enum(['POST', 'PUT', 'PATCH']).default('POST');

const states = (state: string) => z.array(text).min(1).default([state]);

const deployConfig = z.looseObject({
  mode: z
    .enum(['push', 'observe', 'off'])
    .default('push')
    .describe('`push` sends each merge, `observe` waits until somebody else has deployed it, `off` does neither'),
  request: z
    .looseObject({
      method: method.describe('how a deployment is asked for'),
      path: urlPath.default('/deployments').describe('where'),
      body: z.enum(['sha', 'archive']).default('sha').describe("what is sent: the merge's id, or its files"),
    })
    .prefault({})
    .describe('the request that deploys'),
  status: z
    .looseObject({
      path: urlPath.default('/deployments/{id}').describe('where a deployment says how it is'),
      done: states('succeeded').describe('its states that mean done'),
      failed: states('failed').describe('its states that mean failed; then it is over at once'),
    })
    .prefault({})
    .describe('how a deployment is followed'),
  version: z
    .looseObject({
      path: urlPath.default('/version').describe('where the instance says what it runs'),
      pointer: z
        .string()
        .regex(/^(\/[^/]+)+$/, 'a JSON pointer such as /commit')
        .default('/commit')
        .describe('the commit in that answer, as a JSON pointer'),
    })
    .prefault({})
    .describe('what the instance runs'),
  health: z
    .looseObject({
      path: urlPath.default('/health').describe('where the instance says that it is well'),
      settleMinutes: z
        .number()
        .min(0)
        .max(60)
        .default(2)
        .describe('how long a new version may be unhealthy after its deployment is done'),
    })
    .prefault({})
    .describe('whether the instance is well'),
  rollback: z
    .looseObject({
      method: method.describe('how a rollback is asked for'),
      path: urlPath.default('/deployments/{id}/rollback').describe('where'),
      mode: z
        .enum(['auto', 'ask', 'never'])
        .default('auto')
        .describe('what follows a failed deployment: a rollback, a person who rolls back, or nothing'),
    })
    .prefault({})
    .describe('the way back'),
  timeoutMinutes: count.max(240).default(10).describe('within how long the instance must report the new version'),
  freeze: z
    .array(freeze)
    .default([])
    .describe('weekly periods without deployments, such as `Fri 16:00-Mon 06:00 Europe/Berlin`'),
});

export const instanceConfig = z.looseObject({
  url: outsideUrl.optional().describe('its address; INSTANCE_URL in secrets.env takes precedence'),
  name: text.describe('what people call it'),
  writePaths: z
    .array(urlPath)
    .default([])
    .describe(
      'paths that an agent without a board may propose writes to, `*` is one segment and `**` any number; a person confirms each write',
    ),
  confirmers: z
    .array(z.email('a mail address'))
    .default([])
    .describe('the mail addresses of those who may confirm such a write in Slack'),
  deploy: deployConfig.prefault({}).describe('how a merge gets there, see docs/configuration.md#a-deployment'),
});

export type InstanceConfig = z.output<typeof instanceConfig>;
