/** The shape of jvAgent.json: every field that the platform knows, with its default; unknown ones are kept at every level. */
import { Cron } from 'croner';
import { z } from 'zod';
import { agentLimits } from '../../limits.ts';
import { modelNamed, whatWorks } from '../../models/model.ts';
import { devopsConfig } from './devops.ts';
import { addressPattern, count, domain, folder, host, secretName, text } from './forms.ts';
import { gitConfig } from './git.ts';
import { instanceConfig, isTimezone } from './instance.ts';

function isCron(pattern: string): boolean {
  const fields = pattern.trim().split(/\s+/).length;
  if (fields !== 5 && fields !== 6) return false;
  try {
    return new Cron(pattern, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}

/** Whether every address that `pattern` can match is the agent's own or below it. */
function staysInBranch(pattern: string, agentId: string): boolean {
  return pattern === `agent/${agentId}` || pattern.startsWith(`agent/${agentId}/`);
}

const model = z
  .string()
  .trim()
  .refine((name) => modelNamed(name) !== undefined, {
    error: ({ input }) => `no model can run as ${JSON.stringify(input)}: ${whatWorks()}`,
  });

const subscription = z.looseObject({ pattern: addressPattern });

const autoRun = z.looseObject({
  /** Whether messages and the heartbeat start turns by themselves. */
  enabled: z.boolean().default(false),
  triageModel: model.default('haiku'),
  triagePrompt: z.string().min(1).max(20_000).optional(),
  /** How long to wait for more messages of the same session before a turn starts. */
  debounceMs: z.int().min(0).max(600_000).default(5_000),
  maxBatchSize: count.max(100).default(5),
});

const slack = z.looseObject({
  /** Name of a further Slack app, `slack/NAME.env`. */
  app: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'the name of an app in slack/')
    .optional(),
  channels: z.array(text).default([]),
  /** Told of each phase that a work item comes into. */
  statusChannel: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,80}$/, 'the id of a channel, such as C0123456789')
    .optional(),
  people: z.record(z.string(), z.unknown()).optional(),
});

const approval = z.looseObject({
  maxAgeDays: z.number().positive().max(365).default(14),
  remindAfterHours: z.number().positive().default(48),
  outOfPlan: z.enum(['block', 'warn']).default('block'),
  /** The person who asked for the work may not approve it. */
  notRequester: z.boolean().default(false),
});

const amount = z.number().nonnegative();
const period = z.number().positive();

function limit(name: keyof typeof agentLimits) {
  if (name.endsWith('UsdMax')) return amount;
  return name.endsWith('MinutesMax') ? period : count;
}

const limitNames = Object.keys(agentLimits) as (keyof typeof agentLimits)[];
const limits = z.looseObject({
  ...(Object.fromEntries(limitNames.map((name) => [name, limit(name).optional()])) as Record<
    keyof typeof agentLimits,
    z.ZodOptional<z.ZodNumber>
  >),
  /** A model without a known price runs at a bound (`bound`, where nothing is said), or not at all. */
  unknownModels: z.enum(['bound', 'refuse']).optional(),
});

const sandbox = z.looseObject({
  /** What `git.setupCommand` and `git.testCommand` may reach, ports 443 and 80. */
  domains: z.array(domain).default([]),
  /** Opens `domains` to the engine's own turns too. */
  domainsInTurn: z.boolean().default(false),
  /** Read by `git.setupCommand` alone, with a token that it does not see. */
  registries: z.array(z.looseObject({ host, tokenSecret: secretName })).default([]),
  readOnly: z.array(folder).default([]),
});

const fields = z.looseObject({
  id: z.string(),
  name: text.optional(),
  description: z.string().max(4_000).default(''),
  workDirs: z.array(folder).default([]),
  defaultModel: model.optional(),
  subscriptions: z.array(subscription).default([]),
  autoRun: autoRun.prefault({}),
  heartbeat: z.string().refine(isCron, 'a cron pattern of five or six fields').optional(),
  timezone: z.string().refine(isTimezone, 'a timezone such as Europe/Berlin').optional(),
  /** Absent: `work-item` for an agent with a devops block, else `default`. */
  sessionMapper: z.enum(['default', 'slack-thread', 'work-item']).optional(),
  sessionRetentionDays: z.number().positive().default(90),
  slack: slack.optional(),
  devops: devopsConfig.optional(),
  git: gitConfig.optional(),
  instance: instanceConfig.optional(),
  approval: approval.prefault({}),
  limits: limits.prefault({}),
  sandbox: sandbox.prefault({}),
  toolDomains: z.array(domain).default([]),
  /** Which tools are handed a token that is otherwise kept from them: `{"AZDO_PAT": ["report"]}`. */
  toolSecrets: z.record(secretName, z.array(text)).default({}),
  /** Secrets that the engine's environment holds, and so every command of the model: see `engine-secrets.ts`. */
  cliSecrets: z.array(secretName).default([]),
  /** Addresses outside its own branch of the tree that it may send to. */
  canMessage: z.array(addressPattern).default([]),
});

export const agentConfigSchema = fields.superRefine((config, context) => {
  for (const [index, { pattern }] of config.subscriptions.entries()) {
    if (staysInBranch(pattern, config.id)) continue;
    const message = `a subscription stays in its own branch, agent/${config.id}/**`;
    context.addIssue({ code: 'custom', path: ['subscriptions', index, 'pattern'], message });
  }
});

export type AgentConfig = z.output<typeof agentConfigSchema>;

export type SessionMapperName = NonNullable<AgentConfig['sessionMapper']>;
