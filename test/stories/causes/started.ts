/** Rows of items that were started and wait for people, for money, or for a system outside. */
import { boardOf } from '../board.ts';
import { acme, agentsRequests, type Cause, clear, filed, planned, titles, until } from './cause.ts';

export const waitingForPeople: readonly Cause[] = [
  {
    name: 'a plan that waits for its approval',
    stop: (world) => planned(world),
    code: null,
    why: /the plan has been waiting for a decision since \d{4}-/,
    fix: /_workitems\/edit\/\d+.*`erin@acme\.example\.com` must set the state to "Approved".*"Rejected"/,
    nextLook: 'sooner',
    status: { group: 'needs', of: 'item' },
    onItem: /`erin@acme\.example\.com` must set the state to "Approved"/,
  },
  {
    name: 'an approval by a person who is not an approver',
    stop: async (world) => {
      const id = await planned(world);
      await world.engineer('acme', world.emulators.tenants.acme.secrets.pats.other).move(id, 'Approved');
      await world.lookedAround();
      return id;
    },
    code: 'GATE_ACTOR',
    why: /Oscar Other \(`oscar@acme\.example\.com`\) approved, but is not one of the approvers/,
    fix: /"Approved" by `erin@acme\.example\.com`/,
    nextLook: 'sooner',
    status: { group: 'needs', of: 'item' },
    onItem: /Oscar Other .*"Approved" by `erin@acme\.example\.com`/s,
  },
  {
    name: 'an approval before there was a plan',
    stop: async (world) => until(world, await filed(world, { fields: { 'System.State': 'Approved' } }), 'plan-ready'),
    code: null,
    why: /the plan has been waiting for a decision/,
    fix: /`erin@acme\.example\.com` must set the state to "Approved"/,
    nextLook: 'sooner',
    status: { group: 'needs', of: 'item' },
    onItem: /GATE_NO_PLAN.*Then approve that plan/s,
  },
  {
    name: 'a text that was edited after its plan',
    stop: async (world) => {
      const id = await planned(world);
      await boardOf(world).set(id, { 'System.Description': 'Something else.' });
      await world.eventually('a new plan', async () => {
        await world.lookedAround();
        const { item } = (await world.session(id)) ?? {};
        return item?.phase === 'plan-ready' && (await world.log(id)).split('"plan-ready"').length > 2;
      });
      return id;
    },
    code: null,
    why: /the plan has been waiting for a decision/,
    fix: /must set the state to "Approved"/,
    nextLook: 'sooner',
    status: { group: 'needs', of: 'item' },
    onItem: /GATE_CONTENT.*edited after its plan/s,
  },
  {
    name: 'a question',
    stop: async (world) => until(world, await filed(world, { title: titles.question }), 'needs-info'),
    code: null,
    why: /the agent asked: Which of both\?/,
    fix: /Answer in a comment on http.*_workitems\/edit\/\d+/,
    nextLook: 'heartbeat',
    status: { group: 'needs', of: 'item' },
    onItem: /Which of both\?/,
  },
  {
    name: 'turns that are used up',
    stop: async (world) => until(world, await filed(world, { title: titles.helpless }), 'failed'),
    code: 'ATTEMPTS',
    why: /turns? ended without/,
    fix: /jvagent retry codechange\/acme \d+/,
    nextLook: 'heartbeat',
    status: { group: 'needs', of: 'item' },
    onItem: /This failed.*jvagent retry codechange\/acme \d+/s,
  },
  {
    name: 'a rule of the board',
    stop: async (world) => {
      const id = await planned(world);
      const message = 'TF401320: Rule Error for field Effort. Error code: Required, InvalidEmpty.';
      const body = { message, typeKey: 'RuleValidationException' };
      const match = { method: 'PATCH', path: `/workitems/${id}\\?`, ...agentsRequests(world) };
      world.fault({ target: 'azureDevOps', match, do: { status: 400, body } });
      await world.engineer().move(id, 'Approved');
      await world.lookedAround();
      return id;
    },
    end: clear,
    code: 'OUTSIDE_REFUSED',
    why: /TF401320: Rule Error for field Effort/,
    fix: /Fill in what the rule asks for/,
    nextLook: 'sooner',
    status: { group: 'needs', of: 'item' },
    onItem: /A rule of the board refused.*TF401320/s,
  },
];

export const waitingForOthers: readonly Cause[] = [
  {
    name: 'money of the day that is used up',
    stop: async (world) => {
      const { usage } = world.supervisor.store;
      const tokens = { input: 0, cached: 0, output: 0 };
      await usage.add({ agentId: acme, sessionId: 'main' }, { usd: 1_000, tokens, turns: 0 });
      const id = await filed(world);
      await world.lookedAround();
      return id;
    },
    end: async (world) => {
      const tokens = { input: 0, cached: 0, output: 0 };
      const { usage } = world.supervisor.store;
      await usage.add({ agentId: acme, sessionId: 'main' }, { usd: -1_000, tokens, turns: 0 });
    },
    code: 'BUDGET_DAY',
    why: /today's turns of this agent above \d+ USD/,
    fix: /Wait until tomorrow \(UTC\), or raise `limits\.dayUsdMax`/,
    alarm: {
      of: 'agent',
      why: /codechange\/acme has used up its \d+ USD of today/,
      fix: /Wait until tomorrow \(UTC\)/,
    },
    nextLook: 'sooner',
    status: { group: 'waits', of: 'item' },
    onItem: /BUDGET_DAY.*dayUsdMax/s,
  },
  {
    name: 'a dead token of the repository',
    stop: async (world) => {
      // A plan that waits is compared with the target branch at each look.
      await planned(world);
      world.fault({ target: 'git', tenant: 'acme', do: { status: 401 } });
      const id = await filed(world);
      await world.lookedAround();
      return id;
    },
    end: clear,
    code: 'OUTSIDE_AUTH',
    why: /git [\w-]+: /,
    alarm: { of: 'agent' },
    fix: /Replace GIT_TOKEN in codechange\/acme\/secrets\.env/,
    nextLook: 'sooner',
    status: { group: 'needs', of: 'agent' },
    onItem: null,
  },
  {
    name: 'a key that the model refuses',
    stop: async (world) => {
      const body = { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } };
      const headers = { 'x-should-retry': 'false' };
      world.fault({ target: 'anthropic', match: { path: '/v1/messages' }, do: { status: 401, headers, body } });
      const id = await filed(world);
      await world.lookedAround();
      return id;
    },
    end: clear,
    code: 'OUTSIDE_AUTH',
    why: /invalid x-api-key/,
    alarm: { of: 'agent' },
    fix: /ANTHROPIC_API_KEY in \.env/,
    nextLook: 'sooner',
    status: { group: 'needs', of: 'agent' },
    onItem: /invalid x-api-key.*ANTHROPIC_API_KEY/s,
  },
];
