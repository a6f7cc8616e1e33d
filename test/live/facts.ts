/** All facts, in the order in which they are tried and documented. */
import type { Fact } from './fact.ts';
import { accessFacts } from './facts/board-access.ts';
import { changeFacts } from './facts/board-change.ts';
import { commentFacts } from './facts/board-comments.ts';
import { historyFacts } from './facts/board-history.ts';
import { queryFacts } from './facts/board-queries.ts';

export const facts: readonly Fact[] = [...accessFacts, ...changeFacts, ...commentFacts, ...historyFacts, ...queryFacts];
