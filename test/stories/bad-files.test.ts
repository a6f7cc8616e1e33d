import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stateMapping } from '../../src/cli/demo/workspace.ts';
import { globexPlans, startBeside, whyAcmeWaits, whyGlobexWaits } from './beside.ts';
import { beats } from './look.ts';
import { startWorld, type World } from './world.ts';

let world: World;

/** Why acme is disabled, as the list of agents tells it. No look begins meanwhile: one that met the fault would wait half a minute. */
function refusalOfAcme() {
  const state = world.supervisor.agents.get('codechange/acme');
  return state && 'refusal' in state ? state.refusal : undefined;
}

describe('files that break while the platform is up', () => {
  beforeAll(async () => {
    world = await startBeside();
  });
  afterAll(() => world.close());

  test('a broken jvAgent.json stops its agent with file and line while globex plans; once fixed, the agent continues', async () => {
    const file = join(world.root, 'codechange/acme/jvAgent.json');
    const sound = readFileSync(file, 'utf8');
    const line = sound.split('\n').findIndex((text) => text.includes('"heartbeat"')) + 1;
    const id = await world.fileBug();
    await world.until(id, 'plan-ready');

    writeFileSync(file, sound.replace(/"heartbeat": .*/, '"heartbeat": "every now and then",'), { mode: 0o600 });
    await expect.poll(refusalOfAcme).toBeDefined();
    expect(refusalOfAcme()?.refused).toBe('CONFIG_INVALID');
    expect(refusalOfAcme()?.why).toContain(`agent codechange/acme: codechange/acme/jvAgent.json:${line} heartbeat: `);
    expect(refusalOfAcme()?.fix).toBeTruthy();
    await world.engineer().move(id, 'Approved');
    await globexPlans(world);
    expect((await world.session(id))?.phase).toBe('plan-ready');

    writeFileSync(file, sound, { mode: 0o600 });
    await world.until(id, 'pr-created');
  });

  test('a slip that claims the branches of globex stops acme, which came later to them, and globex plans on', async () => {
    const file = join(world.root, 'codechange/acme/jvAgent.json');
    const sound = readFileSync(file, 'utf8');
    writeFileSync(file, sound.replace('"feature/acme-"', '"feature/"'), { mode: 0o600 });
    await expect.poll(refusalOfAcme).toBeDefined();
    expect(refusalOfAcme()?.refused).toBe('TENANT_OVERLAP');
    expect(refusalOfAcme()?.why).toContain('codechange/globex had it first and goes on');
    await globexPlans(world);
    writeFileSync(file, sound, { mode: 0o600 });
    await expect.poll(refusalOfAcme).toBeUndefined();
  });

  test('a secrets.env that others can read disables its agent alone, until it is closed', async () => {
    const file = join(world.root, 'codechange/acme/secrets.env');
    chmodSync(file, 0o644);
    await expect.poll(refusalOfAcme).toBeDefined();
    const id = await world.fileBug();
    expect(refusalOfAcme()).toEqual({
      refused: 'SECRETS_MODE',
      why: 'agent codechange/acme: codechange/acme/secrets.env belongs to another user, or others can read it',
      fix: 'Run `chmod 600 codechange/acme/secrets.env` as the owner of the file.',
    });
    await globexPlans(world);
    expect(await world.session(id)).toBeUndefined();
    chmodSync(file, 0o600);
    await world.until(id, 'plan-ready');
  });
});

describe('files that name missing things', () => {
  beforeAll(async () => {
    const devops = { stateMapping: { ...stateMapping, approved: 'Freigegeben' }, workItemTypes: ['Bug'] };
    world = await startWorld({
      agents: [
        { tenant: 'acme', config: { devops } },
        { tenant: 'globex', config: { git: { customerBranch: 'customer/nowhere' } } },
      ],
    });
  });
  afterAll(() => world.close());

  test('a state that the board does not have keeps its agent from the board, with type, state and what there is', async () => {
    const id = await world.fileBug();
    const waits = await whyAcmeWaits(world, 'CONFIG_INVALID');
    expect(waits.why).toContain('codechange/acme: the work item type "Bug" has no state "Freigegeben"');
    expect(waits.why).toContain('"New", "Planning", "Plan Ready", "Approved"');
    expect(waits.fix).toContain('devops.stateMapping');
    await beats(world);
    expect(await world.engineer().state(id)).toBe('New');
    expect(await world.session(id)).toBeUndefined();
  });

  test('a customer branch missing on the remote is named, and the item waits in planning', async () => {
    const id = await world.fileBug('globex');
    const waits = await whyGlobexWaits(world, 'OUTSIDE_REFUSED', id);
    expect(waits.why).toContain('the remote has no branch customer/nowhere');
    expect(waits.fix).toContain('configuration');
    expect(await world.log(id, 'globex')).toContain('the remote has no branch customer/nowhere');
    expect((await world.session(id, 'globex'))?.phase).toBe('planning');
  });
});
