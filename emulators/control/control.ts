/** The control API of the emulators: sets and clears faults, sets the scripted model's script, and lists received requests. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Respond } from '../../src/base/http.ts';
import { type Faults, faultSchema } from './faults.ts';

export interface ControlOptions {
  faults: Faults;
  /** Sets the scripted model's script; an error is returned to the caller. */
  setModelScript: (script: unknown) => void | Promise<void>;
}

/** `POST /faults`, `DELETE /faults`, `POST /model-script`, `GET /requests?target=`; an invalid body is a 400 that says why. */
export function createControl({ faults, setModelScript }: ControlOptions): Respond {
  const app = new Hono();
  app.post('/faults', async (c) => {
    faults.add(faultSchema.parse(await c.req.json()));
    return c.json({ ok: true }, 201);
  });
  app.delete('/faults', (c) => {
    faults.clear();
    return c.json({ ok: true });
  });
  app.post('/model-script', async (c) => {
    await setModelScript(await c.req.json());
    return c.json({ ok: true }, 201);
  });
  app.get('/requests', (c) => {
    const target = c.req.query('target');
    return c.json(faults.requests().filter((request) => target === undefined || request.target === target));
  });
  app.onError((error, c) =>
    c.json({ error: error instanceof z.ZodError ? z.prettifyError(error) : error.message }, 400),
  );
  return (request) => app.fetch(request);
}
