/** The schema of jvAgent.json: every known field with its default. Unknown fields are kept at every level. */
import { Cron } from 'croner';
import { z } from 'zod';
import { agentLimits } from '../../limits.ts';
import { modelNamed, validModelNames } from '../../models/model.ts';
import { devopsConfig } from './devops.ts';
import { addressPattern, count, domain, folder, host, secretName, text } from './forms.ts';
import { gitConfig } from './git.ts';
import { instanceConfig, isTimezone } from './instance.ts';
import { slackConfig } from './slack.ts';

function isCron(pattern: string): boolean {
  const fields = pattern.trim().split(/\s+/).length;
  if (fields !== 5 && fields !== 6) return false;
  try {
    return new Cron(pattern, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}

/** Whether `pattern` matches only the agent's own address and those of its descendants. */
function staysInBranch(pattern: string, agentId: string): boolean {
  return pattern === `agent/${agentId}` || pattern.startsWith(`agent/${agentId}/`);
}

const model = z
  .string()
  .trim()
  .refine((name) => modelNamed(name) !== undefined, {
    error: ({ input }) => `${JSON.stringify(input)} is not a known model: ${validModelNames()}`,
  });

const subscription = z.looseObject({ pattern: addressPattern });

const autoRun = z.looseObject({
  /** Whether messages and heartbeats start turns automatically. */
  enabled: z.boolean().default(false),
  triageModel: model.default('haiku'),
  triagePrompt: z.string().min(1).max(20_000).optional(),
  /** How long to wait for more messages to the same session before a turn starts, in milliseconds. */
  debounceMs: z.int().min(0).max(600_000).default(5_000),
  maxBatchSize: count.max(100).default(5),
});

const address = z.email('a mail address').toLowerCase();

const email = z.looseObject({
  /** The sender's address. */
  from: address,
  /** The only people that the agent may write to. */
  to: z.array(address).min(1).max(50),
});

const approval = z.looseObject({
  maxAgeDays: z.number().positive().max(365).default(14),
  remindAfterHours: z.number().positive().default(48),
  outOfPlan: z.enum(['block', 'warn']).default('block'),
  /** If true, the person who requested the work cannot approve it. */
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
  /** `bound` (the default) charges a model without a known price at an upper bound; `refuse` does not run it. */
  unknownModels: z.enum(['bound', 'refuse']).optional(),
});

const sandbox = z.looseObject({
  /** The hosts that `git.setupCommand` and `git.testCommand` may reach, on ports 443 and 80. */
  domains: z.array(domain).default([]),
  /** Whether the engine may reach `domains` during its turns too. */
  domainsInTurn: z.boolean().default(false),
  /** Package registries for `git.setupCommand` only; it never sees their tokens. */
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
  /** If absent: `work-item` for an agent with a devops block, otherwise `default`. */
  sessionMapper: z.enum(['default', 'slack-thread', 'work-item']).optional(),
  sessionRetentionDays: z.number().positive().default(90),
  slack: slackConfig.optional(),
  email: email.optional(),
  devops: devopsConfig.optional(),
  git: gitConfig.optional(),
  instance: instanceConfig.optional(),
  approval: approval.prefault({}),
  limits: limits.prefault({}),
  sandbox: sandbox.prefault({}),
  toolDomains: z.array(domain).default([]),
  /** Tools that receive a token they would not get otherwise: `{"AZDO_PAT": ["report"]}`. */
  toolSecrets: z.record(secretName, z.array(text)).default({}),
  /** Secrets in the engine's environment, which every command of the model can read: see `engine-secrets.ts`. */
  cliSecrets: z.array(secretName).default([]),
  /** Addresses outside its own branch of the tree that the agent may send messages to. */
  canMessage: z.array(addressPattern).default([]),
});

export const agentConfigSchema = fields.superRefine((config, context) => {
  for (const [index, { pattern }] of config.subscriptions.entries()) {
    if (staysInBranch(pattern, config.id)) continue;
    const message = `a subscription must stay in the agent's own branch, agent/${config.id}/**`;
    context.addIssue({ code: 'custom', path: ['subscriptions', index, 'pattern'], message });
  }
});

export type AgentConfig = z.output<typeof agentConfigSchema>;

export type SessionMapperName = NonNullable<AgentConfig['sessionMapper']>;
