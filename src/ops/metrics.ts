/**
 * What Prometheus reads of a node: each number is read from the store when it is asked for, so that a restart loses none.
 *
 * Labels are agents, codes, phases and kinds, which are few; never a title or what people wrote.
 */
import type { Counter, Gauge, Registry } from 'prom-client';
import type { Clock } from '../base/clock.ts';
import { noHeartbeat } from '../status/next-look.ts';
import type { Store } from '../store/database/database.ts';
import type { DayUsage } from '../store/usage.ts';
import type { ViewSource } from '../views/source.ts';
import { readOverview, type Seen, type Wanted } from './read-overview.ts';

export interface MetricsOptions extends Pick<ViewSource, 'store' | 'agents'> {
  readonly clock: Pick<Clock, 'now'>;
  /** How many worker processes run. */
  readonly workers: () => number;
}

export interface Metrics {
  text(): Promise<string>;
  readonly contentType: string;
}

type Usage = Omit<DayUsage, 'day'>;
type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** Everything that is told at one time. */
interface Facts extends Seen {
  readonly now: number;
  readonly usage: readonly Usage[];
  readonly store: Store;
  readonly workers: number;
}

interface Told {
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: (facts: Facts) => readonly Sample[] | Promise<readonly Sample[]>;
}

const dayMs = 86_400_000;

const counts = (rows: readonly { agentId: string; name: string; count: number }[], label: string): Sample[] =>
  rows.map(({ agentId, name, count }) => [{ agent: agentId, [label]: name }, count]);

/** Seconds since each board was last looked at with success; of agents that look by themselves. */
function boardLag({ agents, now }: Facts): Sample[] {
  return agents.flatMap((facts): Sample[] => {
    const { id, agent, record } = facts;
    if (agent?.kind !== 'code-change' || noHeartbeat(facts) || record.lastLookAt === undefined) return [];
    return [[{ agent: id }, Math.max(0, now - record.lastLookAt) / 1_000]];
  });
}

function needs({ needsCounts }: Facts): Sample[] {
  return [...needsCounts].map(([agent, count]) => [{ agent }, count]);
}

function daysLeft({ agents, now }: Facts): Sample[] {
  return agents.flatMap(({ id, record: { tokenExpiries = {} } }) =>
    Object.entries(tokenExpiries).map(([token, at]): Sample => [{ agent: id, token }, (at - now) / dayMs]),
  );
}

/** Those that were told, so that one which passes at once is not counted. */
async function openAlarms({ store }: Facts): Promise<Sample[]> {
  const open = (await store.alarms.list()).filter(({ saidAt, goneAt }) => saidAt !== undefined && goneAt === undefined);
  return [...Map.groupBy(open, ({ kind }) => kind)].map(([kind, all]) => [{ kind }, all.length]);
}

async function queues({ store }: Facts): Promise<Sample[]> {
  const { unrouted, due, unsent } = await store.counts.queues();
  return [
    [{ queue: 'messages' }, unrouted],
    [{ queue: 'sessions' }, due],
    [{ queue: 'slack' }, unsent],
  ];
}

/** What more nodes would help: a session that waits for a pause, money or a person is not among it. */
async function turnsWanted({ store }: Facts): Promise<Sample[]> {
  const [running, lacking] = await Promise.all([store.counts.running(), store.counts.lacking('WORKERS')]);
  return [[{}, running + lacking]];
}

const tokenKinds = ['input', 'cached', 'output'] as const;

const table: Readonly<Record<string, Told>> = {
  jvagent_turns_total: {
    kind: 'counter',
    help: 'Runs of the model for turns of an agent.',
    labels: ['agent'],
    read: ({ usage }) => usage.map(({ agentId, turns }) => [{ agent: agentId }, turns]),
  },
  jvagent_model_tokens_total: {
    kind: 'counter',
    help: 'Tokens that an agent used at its model: input, input from the cache, and output.',
    labels: ['agent', 'kind'],
    read: ({ usage }) =>
      usage.flatMap(({ agentId, tokens }) =>
        tokenKinds.map((kind): Sample => [{ agent: agentId, kind }, tokens[kind]]),
      ),
  },
  jvagent_model_cost_usd_total: {
    kind: 'counter',
    help: 'What an agent spent at its model, in US dollars.',
    labels: ['agent'],
    read: ({ usage }) => usage.map(({ agentId, usd }) => [{ agent: agentId }, usd]),
  },
  jvagent_refusals_total: {
    kind: 'counter',
    help: 'Acts of an agent, or of people for it, that were refused, by the code of the refusal.',
    labels: ['agent', 'code'],
    read: async ({ store }) => counts(await store.counts.refusals(), 'code'),
  },
  jvagent_sessions_waiting: {
    kind: 'gauge',
    help: 'Sessions of an agent that wait, by the code of what they wait for.',
    labels: ['agent', 'code'],
    read: async ({ store }) => counts(await store.counts.waits(), 'code'),
  },
  jvagent_work_items: {
    kind: 'gauge',
    help: 'Work items that an agent has taken up, by their phase.',
    labels: ['agent', 'phase'],
    read: async ({ store }) => counts(await store.counts.phases(), 'phase'),
  },
  jvagent_queue_length: {
    kind: 'gauge',
    help: 'What waits: messages without a session, sessions whose turn is due, and what is not sent to Slack yet.',
    labels: ['queue'],
    read: queues,
  },
  jvagent_board_lag_seconds: {
    kind: 'gauge',
    help: 'Time since an agent with a heartbeat last looked at its board with success.',
    labels: ['agent'],
    read: boardLag,
  },
  jvagent_token_days_left: {
    kind: 'gauge',
    help: 'Days until a token of an agent expires, where its system says that.',
    labels: ['agent', 'token'],
    read: daysLeft,
  },
  jvagent_needs: {
    kind: 'gauge',
    help: 'What needs a person now, as `jvagent status` lists it.',
    labels: ['agent'],
    read: needs,
  },
  jvagent_workers_running: {
    kind: 'gauge',
    help: 'Worker processes that run on this node.',
    labels: [],
    read: ({ workers }) => [[{}, workers]],
  },
  jvagent_turns_running: {
    kind: 'gauge',
    help: 'Turns that run now.',
    labels: [],
    read: async ({ store }) => [[{}, await store.counts.running()]],
  },
  jvagent_turns_wanted: {
    kind: 'gauge',
    help: 'Turns that run now, and sessions that wait for nothing but a free worker; by it more nodes are started.',
    labels: [],
    read: turnsWanted,
  },
  jvagent_alarms_open: {
    kind: 'gauge',
    help: 'Alarms that were told and are not over, by their kind.',
    labels: ['kind'],
    read: openAlarms,
  },
};

/** Nothing is read one by one. */
const countedAlone: Wanted = { isWanted: () => false, calmMs: () => Number.MAX_SAFE_INTEGER };

/** The days that are over do not change: they are summed once a day, and not at each time. */
function createUsageSums(store: Pick<Store, 'usage'>) {
  let past: { day: string; rows: readonly Usage[] } | undefined;
  return async (now: number): Promise<Usage[]> => {
    const day = new Date(now).toISOString().slice(0, 10);
    if (past?.day !== day) past = { day, rows: await store.usage.before(day) };
    const sums = new Map(past.rows.map((row) => [row.agentId, row]));
    for (const today of await store.usage.list(day)) sums.set(today.agentId, added(sums.get(today.agentId), today));
    return [...sums.values()];
  };
}

function added(before: Usage | undefined, { agentId, usd, tokens, turns }: Usage): Usage {
  if (!before) return { agentId, usd, tokens, turns };
  const { input, cached, output } = before.tokens;
  const sum = { input: input + tokens.input, cached: cached + tokens.cached, output: output + tokens.output };
  return { agentId, usd: before.usd + usd, tokens: sum, turns: before.turns + turns };
}

export function createMetrics({ store, agents, clock, workers }: MetricsOptions): Metrics {
  const usageSums = createUsageSums(store);
  let made: Promise<{ registry: Registry; metrics: [Told, Counter | Gauge][] }> | undefined;

  /** Loaded when it is first asked for: most commands never do. */
  async function make() {
    const { Counter, Gauge, Registry } = await import('prom-client');
    const registry = new Registry();
    const metrics = Object.entries(table).map(([name, told]): [Told, Counter | Gauge] => {
      const { help, labels } = told;
      const shape = { name, help, labelNames: [...labels], registers: [registry] };
      return [told, told.kind === 'counter' ? new Counter(shape) : new Gauge(shape)];
    });
    return { registry, metrics };
  }

  return {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    async text() {
      made ??= make();
      const { registry, metrics } = await made;
      const now = clock.now();
      const facts = {
        now,
        store,
        workers: workers(),
        usage: await usageSums(now),
        ...(await readOverview({ store, agents }, now, countedAlone)),
      };
      for (const [{ read }, metric] of metrics) {
        const samples = await read(facts);
        metric.reset();
        for (const [labels, value] of samples) metric.inc(labels, value);
      }
      return registry.metrics();
    },
  };
}
