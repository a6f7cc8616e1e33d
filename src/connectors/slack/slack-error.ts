/** What an error of Slack's packages means, as an OutsideError. */
import { messageOf, OutsideError, type OutsideErrorFacts } from '../../base/errors.ts';
import { startOf } from '../../documents/cut.ts';
import { faultIn } from '../../outbound/fault.ts';
import { kindOfStatus, messageCharsMax } from '../http/outside.ts';

export interface AskedSlack {
  /** The app's name. */
  readonly app: string;
  /** `conversations.info of C0123`. */
  readonly request: string;
  /** Whether the call can change something. */
  readonly mutates?: boolean;
}

type Kind = OutsideErrorFacts['kind'];

/** Slack's names for errors, see the errors of auth.test and conversations.info in its reference. */
const named: readonly (readonly [Kind, readonly string[]])[] = [
  [
    'auth',
    [
      ...['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired', 'user_removed_from_team'],
      ...['team_disabled', 'org_login_required', 'missing_scope', 'not_allowed_token_type', 'no_permission'],
      ...['access_denied', 'enterprise_is_restricted', 'two_factor_setup_required'],
    ],
  ],
  ['missing', ['channel_not_found', 'thread_not_found', 'message_not_found', 'user_not_found', 'file_not_found']],
  ['limited', ['ratelimited', 'rate_limited']],
  ['failed', ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout']],
];

const kindOfName = (name: string): Kind => named.find(([, names]) => names.includes(name))?.[0] ?? 'refused';

const fixes: Readonly<Record<string, string>> = {
  missing_scope: 'Add the scope to the app at api.slack.com and install the app again; docs/slack.md lists the scopes.',
  not_in_channel: 'Invite the app to the channel: `/invite @NAME OF THE APP`.',
  channel_not_found: 'Check the id of the channel in jvAgent.json, and invite the app if the channel is private.',
  is_archived: 'Bring the channel back, or remove it from jvAgent.json.',
};

/** The fields that errors of the package have; its classes are loaded only with the package. */
interface PackageError {
  code?: unknown;
  data?: { error?: unknown; needed?: unknown };
  statusCode?: number;
  retryAfter?: number;
}

/** Kind, Slack's own name of the error, and its words. */
function read(error: Error & PackageError): Partial<OutsideErrorFacts> & { kind: Kind; why: string } {
  switch (error.code) {
    case 'slack_webapi_platform_error': {
      const name = startOf(String(error.data?.error), messageCharsMax);
      const needed = typeof error.data?.needed === 'string' ? ` (${error.data.needed})` : '';
      return { kind: kindOfName(name), typeKey: name, why: `answered ${name}${needed}`, fix: fixes[name] };
    }
    case 'slack_webapi_rate_limited_error': {
      const retryAfterMs = (error.retryAfter ?? 1) * 1_000;
      return { kind: 'limited', retryAfterMs, why: `is to be asked again in ${error.retryAfter} s` };
    }
    case 'slack_webapi_http_error': {
      const { statusCode: status = 500 } = error;
      return { kind: kindOfStatus(status), status, why: `answered ${status}` };
    }
    default: {
      const fault = faultIn(error);
      const isLimit = /^A rate limit was exceeded|^Retry header/.test(error.message);
      const why = `got no answer: ${messageOf(fault ?? error)}`;
      return { kind: isLimit ? 'limited' : 'unreachable', fix: fault?.fix, why };
    }
  }
}

/** Anything that a call to Slack threw; what is no Error is a bug and stays. */
export function slackError(error: unknown, { app, request, mutates = false }: AskedSlack): OutsideError {
  if (error instanceof OutsideError) return error;
  if (!(error instanceof Error)) throw error;
  const { why, ...facts } = read(error);
  const system = `Slack (${app})`;
  const maybeDone = mutates && (facts.kind === 'failed' || facts.kind === 'unreachable') ? true : undefined;
  return new OutsideError(`${system}: ${request} ${why}`, { system, request, ...facts, maybeDone }, { cause: error });
}
