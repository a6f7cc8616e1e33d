/** All facts, in the order in which they are tried and documented. */
import type { Fact } from './fact.ts';
import { azureReposFacts } from './facts/azure-repos.ts';
import { accessFacts } from './facts/board-access.ts';
import { changeFacts } from './facts/board-change.ts';
import { commentFacts } from './facts/board-comments.ts';
import { historyFacts } from './facts/board-history.ts';
import { queryFacts } from './facts/board-queries.ts';
import { gitHubFacts } from './facts/github.ts';
import { instanceFacts } from './facts/instance.ts';
import { slackFacts } from './facts/slack.ts';

export const facts: readonly Fact[] = [
  ...accessFacts,
  ...changeFacts,
  ...commentFacts,
  ...historyFacts,
  ...queryFacts,
  ...azureReposFacts,
  ...gitHubFacts,
  ...slackFacts,
  ...instanceFacts,
];
