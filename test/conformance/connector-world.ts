/** What the conformance tests of connectors share: permits made by hand, settings with short waits, and the error of a call. */
import { systemClock } from '../../src/base/clock.ts';
import { OutsideError, type OutsideErrorFacts } from '../../src/base/errors.ts';
import { createRedact } from '../../src/base/redact.ts';
import type { HttpSettings } from '../../src/connectors/http/http-client.ts';
import { Permit, type PermitBinding, type PermitKind } from '../../src/work-items/gate/permit.ts';

export const httpFor = (token: string): HttpSettings => ({
  clock: systemClock,
  redact: createRedact([{ name: 'TOKEN', value: token }]),
  perMinute: 100_000,
  limits: { requestSecondsMax: 5, retriesMax: 1, retryWaitSecondsMax: 5, answerBytesMax: 1 << 20 },
});

export function permit(kind: PermitKind, more: Partial<PermitBinding> = {}): Permit {
  const binding = { kind, agentId: 'codechange/acme', tenant: 'acme/AcmeImplementation', workItemId: 1, rev: 1 };
  return Permit.mint(crypto.randomUUID(), { ...binding, configDigest: 'digest', ...more }, systemClock);
}

/** What the OutsideError says with which `promise` rejects; throws for anything else. */
export async function factsOf(promise: Promise<unknown>): Promise<OutsideErrorFacts & { message: string }> {
  const error = await promise.then(
    (value) => new Error(`answered ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OutsideError)) throw error;
  return { ...error.facts, message: error.message };
}
