/**
 * The platform's settings, read once from the environment and a private `.env` in the workspace; the only reader of process.env.
 */
import { isUtf8 } from 'node:buffer';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { type ReadFault, readRegularFile } from './base/files.ts';
import { known } from './base/known.ts';
import { databaseUrlFault } from './base/text/database-url.ts';
import { type Dotenv, type DotenvSlip, readDotenv } from './base/text/dotenv.ts';
import { nearest } from './base/text/nearest.ts';
import { limits } from './limits.ts';
import { type OutboundSettings, outboundNames } from './outbound/settings.ts';
import { isRefusal, type Refusal, refuse } from './refusal.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const port = z.coerce.number().int().min(0).max(65_535);
const url = z.url({ protocol: /^https?$/ });
const token = z.string().min(1);

/** Descriptions stand in docs/configuration.md, where `npm run reference` writes them; a setting without one is for tests. */
export const settingsSchema = z.object({
  JVAGENT_ROOT: z
    .string()
    .optional()
    .describe('the workspace, unless `--root` names it; only in the environment (the current folder)'),
  ANTHROPIC_API_KEY: token
    .optional()
    .describe('the key for the model, of agents without a MODEL_API_KEY in their secrets.env (none)'),
  ANTHROPIC_BASE_URL: url
    .optional()
    .describe('another address that speaks the same API as the model (that of Anthropic)'),
  JVAGENT_PORT: port
    .optional()
    .describe('the port of the dashboard and its API, see docs/dashboard.md#where-it-listens (7460, or a free one)'),
  JVAGENT_API_TOKEN: token.optional().describe('who has it operates the platform through the API (`init` writes one)'),
  JVAGENT_VIEW_TOKEN: token.optional().describe('who has it only reads there (`init` writes one)'),
  JVAGENT_HOOK_PORT: port.default(7461).describe('the port for hooks on loopback, see docs/hooks.md'),
  JVAGENT_HOOK_KEY: token
    .optional()
    .describe(
      "each agent's hook secret is made from it; without it there are no hooks, and no nodes with DATABASE_URL (`init` writes one)",
    ),
  JVAGENT_WORKERS_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .default(limits.workersMax)
    .describe('how many workers run at once, see docs/run.md#workers-and-memory'),
  JVAGENT_ENGINES_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      'how many turns, looks at boards aside, run at once on this node, see docs/run.md#workers-and-memory (what its memory holds)',
    ),
  JVAGENT_SANDBOX_UID: z.coerce
    .number()
    .int()
    .min(1)
    .max(0x7fff_ffff)
    .default(20_001)
    .describe('the user of sandboxes if root runs the platform, see docs/run.md#the-sandbox'),
  JVAGENT_OPS_WEBHOOK: token
    .optional()
    .describe('where alarms are posted, an https address, which is secret, see docs/watch.md#the-ops-channel (none)'),
  JVAGENT_OPS_CHANNEL: token
    .optional()
    .describe('or the id of a channel of the Slack app of `.env` in which alarms are told (none)'),
  JVAGENT_ALLOW_LOOPBACK: z
    .enum(['0', '1'])
    .default('0')
    .describe('`1`: all outside addresses are on loopback, where the emulators are. `0`: none is'),
  SLACK_BOT_TOKEN: token.optional().describe('the token of the Slack app, see docs/slack.md (no Slack)'),
  SLACK_APP_TOKEN: token.optional().describe("opens the app's connection for events (none: events come by hooks)"),
  SLACK_SIGNING_SECRET: token.optional().describe("proves that a hook is Slack's (none: no hooks of Slack)"),
  SLACK_API_URL: url.optional().describe("another address of Slack's API (that of Slack)"),
  DATABASE_URL: z
    .string()
    .superRefine((text, { addIssue }) => {
      const message = databaseUrlFault(text);
      if (message !== undefined) addIssue({ code: 'custom', message });
    })
    .optional()
    .describe('the PostgreSQL that has the state, for many nodes, see docs/nodes.md (SQLite in `.jvagent/`)'),
  JVAGENT_CRASH_AT: z.string().optional(),
  ...outboundNames,
});

/** Contains tokens in plain text: never log it. */
export interface Settings {
  /** The workspace, absolute. */
  readonly root: string;
  /** The folder that replaces `~` in an agent's configuration. */
  readonly home: string;
  readonly anthropicApiKey: string | undefined;
  readonly anthropicBaseUrl: string | undefined;
  /** The address of a PostgreSQL database; undefined means SQLite. */
  readonly databaseUrl: string | undefined;
  readonly slackBotToken: string | undefined;
  readonly slackAppToken: string | undefined;
  readonly slackSigningSecret: string | undefined;
  readonly slackApiUrl: string | undefined;
  /** The dashboard's; undefined takes the usual one, or a free one where that is taken. */
  readonly port: number | undefined;
  readonly hookPort: number;
  readonly apiToken: string | undefined;
  readonly viewToken: string | undefined;
  readonly hookKey: string | undefined;
  /** The user id for sandboxes if we run as root. */
  readonly sandboxUid: number;
  /** The maximum number of worker processes. */
  readonly workersMax: number;
  /** The maximum number of turns that may have an engine; undefined takes what the memory holds. */
  readonly enginesMax: number | undefined;
  /** Where alarms are posted; the address is secret. */
  readonly opsWebhook: string | undefined;
  /** The id of a Slack channel for alarms. */
  readonly opsChannel: string | undefined;
  /** Whether outside urls are loopback (the emulators): then all of them must be. */
  readonly allowLoopback: boolean;
  /** How connections leave this machine. */
  readonly outbound: OutboundSettings;
  /** Crash points for tests, see base/crash-points.ts. */
  readonly crashAt: string | undefined;
}

/**
 * Why a file with secrets was not read: the reader's faults, or others can read it (`mode`), or it has a second name (`linked`), or
 * it is no UTF-8 text.
 */
type PrivateFault = ReadFault | 'mode' | 'linked' | 'not text';

/** Reads a dotenv file. It must be a regular file with one name that belongs to us and that no other user can read. */
export function readPrivateEnv(path: string): Dotenv | { fault: PrivateFault } {
  const read = readRegularFile(path, limits.secretsBytesMax);
  if ('fault' in read) return read;
  if ((read.stat.mode & 0o077) !== 0 || read.stat.uid !== process.geteuid?.()) return { fault: 'mode' };
  if (read.stat.nlink !== 1) return { fault: 'linked' };
  // Some editors save text as UTF-16, in which every second byte is zero.
  if (!isUtf8(read.bytes) || read.bytes.includes(0)) return { fault: 'not text' };
  return readDotenv(read.bytes.toString('utf8'));
}

const none: Dotenv = { values: {}, lines: new Map(), slips: [] };

function readDotEnv(root: string): Dotenv | Refusal {
  const read = readPrivateEnv(join(root, '.env'));
  if ('values' in read) return read;
  if (read.fault === 'missing') return none;
  if (read.fault === 'mode') {
    return refuse(
      'SECRETS_MODE',
      'other users can read the .env of the workspace',
      'Run `chmod 600 .env` as the owner.',
    );
  }
  if (read.fault === 'not text') {
    return refuse('CONFIG_INVALID', 'the .env of the workspace is not UTF-8 text', 'Save .env as UTF-8 text.');
  }
  return refuse(
    'SECRETS_LINK',
    `the .env of the workspace must be a small regular file without links (found: ${read.fault})`,
    'Replace .env with a small regular file that has no other links.',
  );
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}

/** The names that other programs write in lower case; the name in capitals wins. */
const lowerCase = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];

function withLowerCase(env: Environment): Environment {
  const given = lowerCase.map((name) => [name, env[name] ?? env[name.toLowerCase()]]);
  return withoutEmpty({ ...env, ...Object.fromEntries(given) });
}

function outboundOf(given: z.infer<typeof settingsSchema>, authorityFile: string | undefined): OutboundSettings {
  return known({
    httpsProxy: given.HTTPS_PROXY,
    httpProxy: given.HTTP_PROXY,
    noProxy: given.NO_PROXY ?? '',
    authorityFile,
    authorities: given.NODE_EXTRA_CA_CERTS ?? [],
  });
}

/**
 * `root` (from --root) overrides JVAGENT_ROOT and the current folder; a variable in the environment overrides `.env`.
 * SECRETS_MODE or SECRETS_LINK if `.env` is not private. CONFIG_INVALID names each invalid setting, but never its value.
 */
export function readSettings(from: { env?: Environment; root?: string | undefined } = {}): Settings | Refusal {
  const env = withoutEmpty(from.env ?? process.env);
  const root = resolve(from.root ?? env.JVAGENT_ROOT ?? '.');
  const dotEnv = readDotEnv(root);
  if (isRefusal(dotEnv)) return dotEnv;
  const all = { ...withoutEmpty(dotEnv.values), ...withLowerCase(env) };
  const parsed = settingsSchema.safeParse(all);
  if (!parsed.success) {
    const placeOf = (name: string) =>
      env[name] === undefined && dotEnv.values[name] ? `.env:${dotEnv.lines.get(name)} ` : '';
    const told = parsed.error.issues.map(
      ({ path, message }) => `${placeOf(String(path[0]))}${path.join('.')}: ${message}`,
    );
    const why = told.join('; ');
    return refuse('CONFIG_INVALID', why, 'Correct the named setting in .env or in the environment.');
  }
  const given = parsed.data;
  return {
    root,
    home: env.HOME ?? homedir(),
    anthropicApiKey: given.ANTHROPIC_API_KEY,
    anthropicBaseUrl: given.ANTHROPIC_BASE_URL,
    databaseUrl: given.DATABASE_URL,
    slackBotToken: given.SLACK_BOT_TOKEN,
    slackAppToken: given.SLACK_APP_TOKEN,
    slackSigningSecret: given.SLACK_SIGNING_SECRET,
    slackApiUrl: given.SLACK_API_URL,
    port: given.JVAGENT_PORT,
    hookPort: given.JVAGENT_HOOK_PORT,
    apiToken: given.JVAGENT_API_TOKEN,
    viewToken: given.JVAGENT_VIEW_TOKEN,
    hookKey: given.JVAGENT_HOOK_KEY,
    sandboxUid: given.JVAGENT_SANDBOX_UID,
    workersMax: given.JVAGENT_WORKERS_MAX,
    enginesMax: given.JVAGENT_ENGINES_MAX,
    opsWebhook: given.JVAGENT_OPS_WEBHOOK,
    opsChannel: given.JVAGENT_OPS_CHANNEL,
    allowLoopback: given.JVAGENT_ALLOW_LOOPBACK === '1',
    outbound: outboundOf(given, all.NODE_EXTRA_CA_CERTS),
    crashAt: given.JVAGENT_CRASH_AT,
  };
}

/** What a person should know of a line in `.env`; `isWrong` if a value is certainly not the one that was written. */
export type SettingNote = DotenvSlip;

function nameNote(name: string, line: number): SettingNote[] {
  const names = Object.keys(settingsSchema.shape);
  if (names.includes(name)) return [];
  const near = nearest(name, names);
  if (near === undefined) return [];
  return [{ line, message: `${name} is not a setting`, fix: `Did you mean ${near}?`, isWrong: false }];
}

/** Notes on the lines of the workspace's `.env`, in their order; none if it cannot be read, which `readSettings` refuses. */
export function settingNotes(root: string): SettingNote[] {
  const read = readDotEnv(root);
  if (isRefusal(read)) return [];
  const ofNames = [...read.lines].flatMap(([name, line]) => (read.values[name] ? nameNote(name, line) : []));
  return [...read.slips, ...ofNames].sort((a, b) => a.line - b.line);
}

/** The names of the settings that are set, never their values, and where each is. */
export function settingsSet(root: string, env: Environment = process.env): string[] {
  const read = readDotEnv(root);
  const inFile = isRefusal(read) ? {} : withoutEmpty(read.values);
  const around = withLowerCase(env);
  return Object.keys(settingsSchema.shape).flatMap((name) => {
    if (around[name] !== undefined) return [`${name} (environment)`];
    return inFile[name] === undefined ? [] : [`${name} (.env)`];
  });
}

/** The base environment of every program we start: PATH and English output. Callers add what the program needs. */
export function programEnvironment(env: Environment = process.env): Record<string, string> {
  return { PATH: env.PATH ?? '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' };
}

/** The environment of another process of ours, with Node's cache of compiled sources (nodejs.org/api/module.html). */
export function ownEnvironment(env: Environment = process.env): Record<string, string> {
  return { ...programEnvironment(env), ...known({ NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE || undefined }) };
}

/** Whether the person wants colours in a file or a pipe too, in the words that Node reads (nodejs.org/api/tty.html). */
export const forcesColours = ({ FORCE_COLOR }: Environment = process.env): boolean =>
  /^(true|[123]?)$/.test(FORCE_COLOR ?? '0');

/** What a program needs to open a window for the person at the keyboard; undefined where there is no desktop, or not theirs. */
export function desktopEnvironment(env: Environment = process.env): Record<string, string> | undefined {
  const { DISPLAY, WAYLAND_DISPLAY, XAUTHORITY, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, HOME } = env;
  if (env.SSH_CONNECTION || !(DISPLAY || WAYLAND_DISPLAY)) return undefined;
  const named = { DISPLAY, WAYLAND_DISPLAY, XAUTHORITY, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, HOME };
  return { ...programEnvironment(env), ...known(named) };
}
