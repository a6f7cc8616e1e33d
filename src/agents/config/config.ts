/**
 * The schema of jvAgent.json: every known field with its default. Unknown fields are kept at every level.
 *
 * Descriptions are what people read in their editor and in docs/configuration.md; `npm run reference` writes both.
 */
import { Cron } from 'croner';
import { z } from 'zod';
import { agentLimits } from '../../limits.ts';
import { families, modelNamed, validModelNames } from '../../models/model.ts';
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
  })
  .meta({ examples: [...families] });

const subscription = z.looseObject({
  pattern: addressPattern.describe('addresses: `*` is one segment, `**` any number of segments'),
});

const autoRun = z.looseObject({
  enabled: z.boolean().default(false).describe('whether heartbeat, Slack and subscriptions start turns'),
  triageModel: model
    .default('haiku')
    .describe('a second model, which sorts what nobody said to the agent and which the engine asks small things'),
  triagePrompt: z.string().min(1).max(20_000).optional().describe('what to act on, in place of a `triage.md`'),
  debounceMs: z
    .int()
    .min(0)
    .max(600_000)
    .default(5_000)
    .describe('how long to wait for more messages to the same session, in milliseconds'),
  maxBatchSize: count.max(100).default(5).describe('how many messages are heard together'),
});

const address = z.email('a mail address').toLowerCase();

const email = z.looseObject({
  from: address.describe('the sender'),
  to: z.array(address).min(1).max(50).describe('the only people to whom `send-email` writes'),
});

const approval = z.looseObject({
  maxAgeDays: z.number().positive().max(365).default(14).describe('how long an approval holds'),
  remindAfterHours: z
    .number()
    .positive()
    .default(48)
    .describe('how long a plan waits before the tile gets a reminder, at most four per plan'),
  outOfPlan: z
    .enum(['block', 'warn'])
    .default('block')
    .describe('whether to `block` files outside the plan or to `warn` about them'),
  notRequester: z.boolean().default(false).describe('whether the person who requested the work may not approve it'),
  secondLook: z
    .boolean()
    .default(false)
    .describe(
      'whether `autoRun.triageModel` looks at each plan and change too, and adds warnings; see docs/approve.md#the-second-look',
    ),
});

const amount = z.number().nonnegative();
const period = z.number().positive();

type LimitName = keyof typeof agentLimits;

function limit(name: LimitName) {
  if (name.endsWith('UsdMax')) return amount;
  return name.endsWith('MinutesMax') ? period : count;
}

const limitMeanings: Readonly<Record<LimitName, string>> = {
  turnMinutesMax: 'how long a turn may take',
  stallMinutesMax: 'how long a turn may be silent',
  attemptsMax: 'how many turns in a row a work item may have without success',
  repairsMax: 'how often a change is repaired after its review, its checks or its tests',
  replansMax: 'how many plans of a work item may be rejected',
  questionsMax: 'how many questions a work item may ask',
  turnsAtOnceMax: 'how many turns run at once, of the agent and all agents below it together',
  turnUsdMax: 'what a turn may cost',
  itemUsdMax: 'what a work item may cost',
  dayUsdMax: 'what a day may cost, of the agent and all agents below it together',
};

/** Without a value of its own: what an ancestor sets also counts. */
function limitField(name: LimitName): z.ZodOptional<z.ZodNumber> {
  return limit(name).optional().meta({ description: limitMeanings[name], default: agentLimits[name] });
}

const limitNames = Object.keys(agentLimits) as LimitName[];
const limits = z.looseObject({
  ...(Object.fromEntries(limitNames.map((name) => [name, limitField(name)])) as Record<
    LimitName,
    z.ZodOptional<z.ZodNumber>
  >),
  unknownModels: z.enum(['bound', 'refuse']).optional().meta({
    description:
      'whether a model without a price is charged at an upper `bound`, or `refuse`d; see docs/configuration.md#models',
    default: 'bound',
  }),
});

const sandbox = z.looseObject({
  domains: z
    .array(domain)
    .default([])
    .describe(
      'hosts that `setupCommand` and `testCommand` may reach at ports 443 and 80; `*.` before a host means everything below it',
    ),
  domainsInTurn: z
    .boolean()
    .default(false)
    .describe('opens `sandbox.domains` to the engine too; the log of each such turn has a warning'),
  registries: z
    .array(
      z.looseObject({
        host: host.describe('a single host, such as `packages.example.com`'),
        tokenSecret: secretName.describe('the name of its token in secrets.env'),
      }),
    )
    .default([])
    .describe(
      '`[{"host": "packages.example.com", "tokenSecret": "PACKAGES_TOKEN"}]`: hosts that `setupCommand` may read with a token that it does not see',
    ),
  readOnly: z
    .array(folder)
    .default([])
    .describe('the same as `workDirs` for the engine, `setupCommand` and `testCommand`'),
});

const fields = z.looseObject({
  $schema: z
    .string()
    .optional()
    .describe('where your editor finds the schema of this file, which `init` and `agent add` write'),
  id: z.string().describe('equals the path of the folder, such as `codechange/acme`'),
  name: text.optional().describe('what people call the agent'),
  description: z.string().max(4_000).default('').describe('what the agent is for'),
  defaultModel: model
    .optional()
    .describe(
      'the model that plans and works: a family or an id, see docs/configuration.md#models; inherited (`sonnet`)',
    ),
  autoRun: autoRun.prefault({}).describe('when the agent starts by itself, and what it hears'),
  heartbeat: z
    .string()
    .refine(isCron, 'a cron pattern of five or six fields')
    .optional()
    .describe(
      'when to look at the board, and to do what `heartbeat.md` says: a cron pattern of five fields, or six with seconds. Each agent keeps a delay of its own after these times, at most four fifths of the way to the next and at most 4 minutes, so that agents do not all look at once (never)',
    ),
  timezone: z
    .string()
    .refine(isTimezone, 'a timezone such as Europe/Berlin')
    .optional()
    .describe("a timezone for `heartbeat`, such as `Europe/Berlin` (the machine's)"),
  subscriptions: z
    .array(subscription)
    .default([])
    .describe('`[{"pattern": "agent/codechange/acme/**"}]`, within the agent\'s own branch of the tree'),
  sessionMapper: z
    .enum(['default', 'slack-thread', 'work-item'])
    .optional()
    .describe('which messages share a session (`work-item` with a devops block, else `default`)'),
  sessionRetentionDays: z
    .number()
    .positive()
    .default(90)
    .describe('a session that was silent for longer, and that nobody waits for, is deleted with its log and its files'),
  email: email
    .optional()
    .describe(
      '`{"from": "agent@example.com", "to": ["erin@example.com"]}` (no mail). SMTP_URL in secrets.env is the server, `smtps://name:password@host` or `smtp://` with STARTTLS',
    ),
  canMessage: z
    .array(addressPattern)
    .default([])
    .describe('addresses outside its own branch of the tree that the agent may write to'),
  devops: devopsConfig.optional().describe('the board; an agent has both blocks `devops` and `git`, or neither'),
  git: gitConfig.optional().describe('the repository, and what a change of it may contain'),
  approval: approval.prefault({}).describe('what an approval of a plan needs'),
  instance: instanceConfig.optional().describe("the customer's running product"),
  slack: slackConfig.optional().describe('where the agent is heard and speaks, see docs/slack.md'),
  limits: limits
    .prefault({})
    .describe(
      "never above an ancestor's. An ancestor's `turnsAtOnceMax` and `dayUsdMax` limit all its agents together",
    ),
  workDirs: z
    .array(folder)
    .default([])
    .describe(
      'folders of this machine that the engine may read, `~` means the home folder; see docs/configuration.md#folders-to-read',
    ),
  sandbox: sandbox.prefault({}).describe('what programs in the sandbox may reach and read'),
  toolDomains: z.array(domain).default([]).describe('hosts that your own tools may reach'),
  toolSecrets: z
    .record(secretName, z.array(text))
    .default({})
    .describe(
      '`{"AZDO_PAT": ["report"]}` gives a guarded secret to one of your tools, which is then outside the gate; see docs/configuration.md#who-gets-which-secret',
    ),
  cliSecrets: z
    .array(secretName)
    .default([])
    .describe(
      '`["NPM_READ"]` puts secrets into the engine\'s environment, where every command of the model can read them; see docs/configuration.md#who-gets-which-secret',
    ),
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
