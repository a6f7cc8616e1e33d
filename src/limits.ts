/** All limits of the platform in one table; each name contains its unit. Agents can change those in `agentLimits`. */

export const limits = {
  // reading files
  configBytesMax: 1 << 20,
  configDepthMax: 32,
  /** More faults of one file are not listed. */
  faultsOfFileMax: 20,
  secretsBytesMax: 64 << 10,
  /** A shorter credential is refused; one shorter than the next limit is redacted only as a whole word. */
  credentialCharsMin: 8,
  freeCredentialCharsMin: 12,
  /** Other values in secrets.env count as secret from this length on, if they look random. */
  randomSecretCharsMin: 20,
  instructionsBytesMax: 256 << 10,
  toolFileBytesMax: 1 << 20,
  activityBytesMax: 256 << 10,
  activityLinesMax: 10_000,
  activityLineCharsMax: 4_000,
  // memory
  memoryFileBytesMax: 64 << 10,
  memoryFilesMax: 20,
  memoryNamesMax: 1_000,
  memoryVersionsMax: 100,
  memoryPromptCharsMax: 24_000,
  activityShownBytesMax: 64 << 10,
  // messages
  messageBytesMax: 256 << 10,
  inboxMessagesMax: 1_000,
  /** Agents that ask and answer each other end here: no message is sent with a longer chain of causes. */
  causesMax: 8,
  // what agents say in Slack
  slackFileBytesMax: 10 << 20,
  askOptionsMax: 10,
  /** A longer text is cut, and stands whole in a file beside it. */
  answerCharsMax: 12_000,
  answerCharsShown: 2_500,
  /** Who does not tell the end of sending a message, or a line of the ops channel, within this time is gone. */
  outboxSendingSeconds: 300,
  /** Slack takes about one message a second in a channel. */
  slackPostPauseMs: 1_000,
  /** Between two changes of the message that tells what a turn does now. */
  liveStatusPauseMs: 3_000,
  /** What could not be sent for so long is given up: nobody waits for it any more. */
  slackStaleHours: 24,
  /** Messages that are read to find one that may have been sent. */
  slackFoundAmongMax: 1_000,
  /** Of what people fill into a form in Slack. */
  formCharsMax: 3_000,
  /** How long a button can be pressed. */
  buttonHours: 168,
  /** Messages of an agent in one thread without a person's in between; then it is silent. */
  agentPostsInRowMax: 6,
  // proposals of impl agents: what a person can read, and until when they can confirm it
  proposalBytesMax: 6_000,
  proposalWhyCharsMax: 2_000,
  proposalHours: 24,
  proposalsOpenMax: 20,
  hookBytesMax: 1 << 20,
  hookPauseSeconds: 5,
  slackAppsMax: 200,
  slackRequestSecondsMax: 15,
  /** Slack's connection for events must greet within this time. */
  slackHelloSecondsMax: 15,
  /** A hook of Slack that is older, or signed for a later time, is refused. */
  slackHookSecondsMax: 300,
  slackTextCharsMax: 40_000,
  slackFilesMax: 20,
  slackPageMax: 200,
  /** What is read after a gap: how far back, how many pages of a channel or thread, and how much again before the last message. */
  slackMissedHoursMax: 24,
  slackMissedPagesMax: 3,
  slackMissedMarginSeconds: 120,
  slackMissedThreadsMax: 50,
  slackMissedAtOnceMax: 4,
  /** How long new messages wait for the missed ones. */
  slackCatchUpSecondsMax: 10,
  slackInboxAtOnceMax: 200,
  /** Names of people and facts of channels that are remembered for a while. */
  slackLookupsMax: 5_000,
  /** How much of a message that was left alone stands in a log. */
  ignoredTextCharsMax: 300,
  /** How long messages that were decided are kept, so that they are let in once. */
  slackInboxDays: 30,
  // turns
  /** A turn whose lease was not renewed for so long is over; what it may still do ends before that by the margin. */
  leaseSeconds: 90,
  leaseRenewSeconds: 15,
  leaseMarginSeconds: 10,
  leaseWatchMs: 1_000,
  /** A node that was not heard of for so long is no longer listed. */
  nodeHours: 24,
  // PostgreSQL: of one node, and of one query
  databaseConnectionsMax: 10,
  databaseSecondsMax: 30,
  /** How often a node compares its time with the database's, and how late the answer may come. */
  databaseTimeSeconds: 10,
  databaseTimeMsMax: 500,
  databaseTriesMax: 10,
  copyPageBytesMax: 4 << 20,
  copyPageRowsMax: 500,
  /** A work item that has waited this long for its turn starts before more urgent ones. */
  overdueSeconds: 1_800,
  toolCallsInTurnMax: 400,
  toolAnswerBytesMax: 256 << 10,
  toolSecondsMax: 120,
  effectWaitSeconds: 60,
  permitSeconds: 30,
  /** One that has nothing to do ends soon, unless its next turn comes soon, or people talked with its agent (src/supervisor/workers/keeping.ts). */
  workerIdleSeconds: 20,
  workerSoonSeconds: 60,
  workerTalkSeconds: 600,
  workersKeptMbMax: 1_024,
  /** Worker processes on one node, unless JVAGENT_WORKERS_MAX is set: less than 1 GB while they only look at boards. */
  workersMax: 8,
  /** An agent that has waited this long for a worker starts before more turns of agents that have one. */
  workerWaitSeconds: 60,
  deathsInRowMax: 3,
  /** If turns fail for less time than this, the machine may be the cause, so the session is tried again. */
  dyingMinutesMin: 5,
  // polling
  changesPollMs: 250,
  /** The first looks at the boards after a start: how far apart on average, and until when all have begun. */
  firstLookPauseMs: 2_000,
  firstLooksMsMax: 55_000,
  /** A beat of a heartbeat comes at most this much after the time of its pattern, and at most four fifths of the way to the next. */
  beatDelayMsMax: 240_000,
  agentFilesPollMs: 2_000,
  upkeepSeconds: 10,
  copiesSeconds: 15,
  retentionMinutes: 60,
  batchReadItemsMax: 200,
  batchTilesMax: 50,
  sweepHours: 24,
  /** A server can answer with any length; of what a check found this much is told and stored, and as much of its fix. */
  findingCharactersMax: 1_000,
  /** How long what a look at an agent's systems found stays good. */
  checkHours: 24,
  /** How long a pull request that was closed unmerged is still looked at. */
  closedDays: 30,
  // refusals in the audit log, of a turn or of an hour: those that are told apart, and how much is said of one
  refusalKindsMax: 40,
  refusedActionCharsMax: 80,
  refusedTargetCharsMax: 200,
  // conversations
  /** How many overheard messages of a channel an agent's cheap model judges within an hour; the rest is ignored. */
  triagePerHourMax: 120,
  triageCharsMax: 4_000,
  /** Of a call of the cheap model without tools. */
  smallCallSecondsMax: 60,
  /** A turn that takes longer says in its thread what it does. */
  quietTurnSeconds: 8,
  /** Of a thread, how much is read for an agent that joins it. */
  threadPagesMax: 5,
  threadPageMessages: 100,
  /** Of the log of the work item that a thread is about. */
  subjectLogLines: 60,
  subjectLogCharsMax: 8_000,
  // alarms: a look at a board is late after so many beats, and not before so many minutes
  missedLooksMin: 3,
  boardLagMinutesMin: 15,
  /** How long before its end a token's is told. */
  tokenExpiryDays: 7,
  /** The share of a day's budget from which it is told. */
  budgetShareTold: 0.8,
  alarmLinesPerHourMax: 20,
  alarmOverMinutes: 5,
  /** Entries of one audit log that are checked at a time. */
  auditCheckedMax: 2_000,
  /** The webhook of the ops channel must answer within this time; what it does not take for so long is given up. */
  opsWebhookSecondsMax: 15,
  opsStaleHours: 24,
  /** How often words are posted that the webhook itself refuses. */
  opsRefusedTriesMax: 3,
  // outside
  requestSecondsMax: 60,
  requestsPerMinuteMax: 240,
  /** GitHub counts at most 900 points a minute, one for a read and five for a write. */
  gitHubRequestsPerMinuteMax: 600,
  /** Answers that are kept to ask for their changes only, of one agent; longer ones are not kept. */
  keptAnswersMax: 1_000,
  keptAnswerBytesMax: 128 << 10,
  loopbackRequestsPerMinuteMax: 6_000,
  retriesMax: 4,
  retryWaitSecondsMax: 120,
  answerBytesMax: 32 << 20,
  rightsKeptMinutes: 5,
  // plans and comments
  planFilesMax: 200,
  /** Of a plan as people read it: it fits into a comment, into the text of a pull request and into a prompt. */
  planWrittenCharsMax: 30_000,
  /** Of the files that a revised plan adds and drops, as they are listed above it. */
  planDifferenceCharsMax: 5_000,
  /** Of a text that is read as Markdown; a larger one is shown as one block of code. */
  documentCharsMax: 100_000,
  /** Quotes and lists within each other, in one line of such a text. */
  documentNestingMax: 32,
  documentLinesMax: 4_000,
  /** Lines of such a text, times the quotes and lists, or the columns, of the worst of them. */
  documentCellsMax: 40_000,
  /** Signs of markup in such a text. */
  documentSignsMax: 10_000,
  /** The same in one paragraph or list of it. */
  paragraphSignsMax: 2_000,
  /** Ended work items whose costs an approver is told of. */
  earlierItemsMax: 200,
  /** Of a second look: what it reads of one text and of all together, and what is shown of its warnings. */
  secondLookTextCharsMax: 20_000,
  secondLookCharsMax: 120_000,
  secondLookFilesMax: 50,
  secondLookWarningsMax: 6,
  secondLookQuoteCharsMax: 200,
  planTextCharsMax: 20_000,
  /** Of people's words in a prompt, beside 24,000 of notes: a model with 200,000 tokens keeps more than half of them for the code. */
  promptCharsMax: 80_000,
  /** The same, once the model said that all of it was too long. */
  promptCharsCut: 20_000,
  /** Longer HTML is cut before it is parsed; the worst that fits takes a few seconds. */
  htmlCharsMax: 300_000,
  htmlElementsMax: 20_000,
  htmlDepthMax: 100,
  /** The first reminder, and one for each further period. */
  remindersMax: 4,
  attachmentTextBytesMax: 64 << 10,
  attachmentTextsBytesMax: 256 << 10,
  /** The model's provider accepts pictures of about 5 MB in base64, which is a third larger than the file. */
  attachmentPictureBytesMax: 3 << 20,
  attachmentPicturesMax: 5,
  commentCharsMax: 60_000,
  // the dashboard
  webBodyBytesMax: 512 << 10,
  /** Of what is folded behind one line of a log on a page; the command shows all. */
  logDetailCharsMax: 10_000,
  loginHours: 12,
  loginCodeSeconds: 300,
  /** Of the address that a demo prints: nobody can ask it for another. */
  demoCodeSeconds: 86_400,
  loginCodesMax: 100,
  /** Of all that do not know a token together; then none is looked at until the minute is over. */
  wrongTokensPerMinuteMax: 100,
  /** Logins that ended early, and what forms did, for those who have not seen it yet. */
  endedLoginsMax: 1_000,
  toldMax: 1_000,
  eventClientsMax: 50,
  eventsPollMs: 500,
  overviewPollMs: 2_000,
  eventsHeartbeatSeconds: 15,
  /** Whoever takes nothing for so long is dropped; the log gives it what it missed. */
  eventsSlowSeconds: 30,
  /** The platform works while its messages were looked at within this time. */
  aliveSecondsMax: 60,
  keptDays: 30,
  bundleBytesMax: 50 << 20,
  bundlePartBytesMax: 512 << 10,
  commitsShownMax: 50,
  treeFilesMax: 200_000,
  fileBytesMax: 20 << 20,
  /** File contents in memory at the same time. */
  blobsBytesMax: 256 << 20,
  diffBytesMax: 20 << 20,
  diffShownBytesMax: 512 << 10,
  diffShownFileCharsMax: 64 << 10,
  diffShownFilesMax: 200,
  branchCharsMax: 120,
  gitSecondsMax: 120,
  // sandbox
  sandboxProcessesMax: 512,
  sandboxMemoryMb: 4_096,
  treeBytesMax: 4 * 2 ** 30,
  treeEntriesMax: 1_000_000,
  shownEntriesMax: 200_000,
  /** Each is a mount; bubblewrap makes about 300 mounts per second. */
  shownClosedMax: 500,
  proxyConnectionsMax: 256,
  proxyIdleSeconds: 120,
  preparedTreesMax: 8,
  preparedBytesMax: 8 * 2 ** 30,
  gatewayBodyBytesMax: 32 << 20,
  gatewayRequestsPerMinuteMax: 120,
  outputTokensMax: 64_000,
  // the call of a model by doctor
  modelCallSecondsMax: 60,
  modelCallSilentSecondsMax: 30,
  modelCallRequestsMax: 5,
  modelCallTokensMax: 4_000,
} as const;

/** The defaults of `limits` in jvAgent.json, for one agent and its descendants together. */
export const agentLimits = {
  turnMinutesMax: 30,
  stallMinutesMax: 5,
  attemptsMax: 3,
  repairsMax: 3,
  replansMax: 5,
  questionsMax: 5,
  turnsAtOnceMax: 2,
  turnUsdMax: 10,
  itemUsdMax: 50,
  dayUsdMax: 200,
} as const;
