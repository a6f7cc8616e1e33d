/** The control API of the emulators: faults, the process's rules, people's names, the model's script, Slack, and all received requests. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Respond } from '../../src/base/http.ts';
import type { AzureDevOps } from '../azure-devops/azure-devops.ts';
import type { GitHub } from '../github/github.ts';
import type { Slack } from '../slack/slack.ts';
import { type Faults, faultSchema } from './faults.ts';
import { slackControl } from './slack-control.ts';

export interface ControlOptions {
  faults: Faults;
  azureDevOps: Pick<AzureDevOps, 'tenant'>;
  github: Pick<GitHub, 'rename'>;
  slack: Slack;
  /** Sets the scripted model's script; an error is returned to the caller. */
  setModelScript: (script: unknown) => void | Promise<void>;
}

const list = z.array(z.string()).optional();
const rule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('required'), field: z.string(), states: list, types: list }),
  z.strictObject({ kind: z.literal('readOnly'), field: z.string(), except: list, types: list }),
  z.strictObject({
    kind: z.literal('transition'),
    from: z.string().optional(),
    to: z.string(),
    except: list,
    types: list,
  }),
]);
const rulesBody = z.strictObject({ tenant: z.string(), rules: z.array(rule) });
const personBody = z.strictObject({
  tenant: z.string(),
  mail: z.string(),
  newMail: z.string().optional(),
  newName: z.string().optional(),
});

const repositoryBody = z.strictObject({ tenant: z.string(), newName: z.string().regex(/^[A-Za-z0-9._-]+$/) });

/**
 * `POST /faults`, `DELETE /faults`, `POST /process-rules`, `POST /people`, `POST /repository`, `POST /model-script`, `GET /requests?target=`, and for
 * Slack what stands in `slackControl`; an invalid body is a 400 that says why.
 */
export function createControl({ faults, azureDevOps, github, slack, setModelScript }: ControlOptions): Respond {
  const app = new Hono();
  app.post('/faults', async (c) => {
    faults.add(faultSchema.parse(await c.req.json()));
    return c.json({ ok: true }, 201);
  });
  app.delete('/faults', (c) => {
    faults.clear();
    return c.json({ ok: true });
  });
  app.post('/process-rules', async (c) => {
    const { tenant, rules } = rulesBody.parse(await c.req.json());
    azureDevOps.tenant(tenant).rules = rules;
    return c.json({ ok: true }, 201);
  });
  app.post('/people', async (c) => {
    const { tenant, mail, newMail, newName } = personBody.parse(await c.req.json());
    const person = azureDevOps.tenant(tenant).people.find((each) => each.mail === mail);
    if (!person) throw new Error(`nobody in ${tenant} has the account ${mail}`);
    Object.assign(person, { mail: newMail ?? mail, name: newName ?? person.name });
    return c.json({ ok: true }, 201);
  });
  app.post('/repository', async (c) => {
    const { tenant, newName } = repositoryBody.parse(await c.req.json());
    github.rename(tenant, newName);
    return c.json({ ok: true }, 201);
  });
  app.post('/model-script', async (c) => {
    await setModelScript(await c.req.json());
    return c.json({ ok: true }, 201);
  });
  app.route('/slack', slackControl(slack));
  app.get('/requests', (c) => {
    const target = c.req.query('target');
    return c.json(faults.requests().filter((request) => target === undefined || request.target === target));
  });
  app.onError((error, c) =>
    c.json({ error: error instanceof z.ZodError ? z.prettifyError(error) : error.message }, 400),
  );
  return (request) => app.fetch(request);
}
