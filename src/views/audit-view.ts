/** The audit log, newest first, and up to where it is known to be whole. */
import { known } from '../base/known.ts';
import type { CheckedChain } from '../store/audit.ts';
import type { AuditEntry } from '../store/audit-chain.ts';
import type { ViewSource } from './source.ts';

/** The platform checks the newest entries once a minute; nothing is checked to show this. */
export interface ChainState extends CheckedChain {
  /** What it found wrong, and what to do. */
  readonly broken?: { readonly why: string; readonly fix: string };
}

export interface AuditView {
  readonly agentId?: string;
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** Where there are more entries: before which place. */
  readonly older?: number;
  /** Whether these are not the newest. */
  readonly isOlder: boolean;
  readonly chains: readonly ChainState[];
  /** Every agent that has a log, for a choice. */
  readonly agents: readonly string[];
}

const entriesOnPage = 100;

const placeIn = (text: string | undefined) => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined);

/** `asked` is what an address names: `agent` and `before`. */
export async function readAudit(
  { store: { audit, alarms } }: ViewSource,
  asked: Readonly<Record<string, string>>,
): Promise<AuditView> {
  const agentId = asked.agent || undefined;
  const before = placeIn(asked.before);
  const [{ entries, older }, all, told] = await Promise.all([
    audit.page(agentId, { before, max: entriesOnPage }),
    audit.checked(),
    alarms.list(),
  ]);
  const broken = told.filter(({ kind, goneAt }) => kind === 'audit' && goneAt === undefined);
  const chains = all
    .filter((chain) => agentId === undefined || chain.agentId === agentId)
    .map((chain) => {
      const found = broken.find((one) => one.agentId === chain.agentId);
      return known({ ...chain, broken: found && { why: found.why, fix: found.fix } });
    });
  return known({
    agentId,
    entries,
    older,
    isOlder: before !== undefined,
    chains,
    agents: all.map((chain) => chain.agentId),
  });
}
