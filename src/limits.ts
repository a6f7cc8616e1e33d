/** Every bound of the platform in one table; the unit stands last in its name. Agents may lower or raise those in `agentLimits`. */

export const limits = {
  // reading files
  configBytesMax: 1 << 20,
  configDepthMax: 32,
  secretsBytesMax: 64 << 10,
  /** A credential with fewer is not taken, and one with fewer than the next is hidden only where it stands as a word. */
  credentialCharsMin: 8,
  freeCredentialCharsMin: 12,
  /** Other values of secrets.env are secret from here on, where they look random. */
  randomSecretCharsMin: 20,
  instructionsBytesMax: 256 << 10,
  toolFileBytesMax: 1 << 20,
  activityBytesMax: 1 << 20,
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
  // hooks
  hookBytesMax: 1 << 20,
  hookPauseSeconds: 5,
  // turns
  leaseSeconds: 30,
  leaseRenewSeconds: 10,
  /** A work item that waited so long for its turn goes before more urgent ones. */
  overdueSeconds: 1_800,
  toolCallsInTurnMax: 400,
  toolAnswerBytesMax: 256 << 10,
  toolSecondsMax: 120,
  effectWaitSeconds: 60,
  permitSeconds: 30,
  workerIdleSeconds: 20,
  /** Processes on one node, unless JVAGENT_WORKERS_MAX says otherwise: under 1 GB while they only look at boards. */
  workersMax: 8,
  /** An agent that waited so long for a worker goes before further turns of those that have one. */
  workerWaitSeconds: 60,
  deathsInRowMax: 3,
  /** Turns that break within a shorter time may all be the machine's doing: their session is tried again. */
  dyingMinutesMin: 5,
  // polling
  changesPollMs: 250,
  agentFilesPollMs: 2_000,
  retentionMinutes: 60,
  batchReadItemsMax: 200,
  batchTilesMax: 50,
  sweepHours: 24,
  /** How long a pull request that was closed unmerged is still looked at. */
  closedDays: 30,
  // refusals in the audit log, of a turn or of an hour: those that are told apart, and how much is said of one
  refusalKindsMax: 40,
  refusedActionCharsMax: 80,
  refusedTargetCharsMax: 200,
  // outside
  requestSecondsMax: 60,
  requestsPerMinuteMax: 240,
  loopbackRequestsPerMinuteMax: 6_000,
  retriesMax: 4,
  retryWaitSecondsMax: 120,
  answerBytesMax: 32 << 20,
  rightsKeptMinutes: 5,
  // plans and comments
  planFilesMax: 200,
  planTextCharsMax: 20_000,
  /** Of people's words in a prompt, once all of them were too long for the model. */
  promptCharsCut: 60_000,
  /** The first one, and one for each further period. */
  remindersMax: 4,
  attachmentTextBytesMax: 64 << 10,
  attachmentTextsBytesMax: 256 << 10,
  /** The model's provider takes pictures of about 5 MB, a third more than their bytes. */
  attachmentPictureBytesMax: 3 << 20,
  attachmentPicturesMax: 5,
  commentCharsMax: 60_000,
  // git
  keptDays: 30,
  commitsShownMax: 50,
  treeFilesMax: 200_000,
  fileBytesMax: 20 << 20,
  /** Contents that are in memory at once. */
  blobsBytesMax: 256 << 20,
  diffBytesMax: 20 << 20,
  branchCharsMax: 120,
  gitSecondsMax: 120,
  // sandbox
  sandboxProcessesMax: 512,
  sandboxMemoryMb: 4_096,
  treeBytesMax: 4 * 2 ** 30,
  treeEntriesMax: 1_000_000,
  shownEntriesMax: 200_000,
  /** Each is a mount, of which bubblewrap makes about 300 in a second. */
  shownClosedMax: 500,
  proxyConnectionsMax: 256,
  proxyIdleSeconds: 120,
  preparedTreesMax: 8,
  preparedBytesMax: 8 * 2 ** 30,
  gatewayBodyBytesMax: 32 << 20,
  gatewayRequestsPerMinuteMax: 120,
  outputTokensMax: 64_000,
} as const;

/** What `limits` in jvAgent.json sets for one agent and its children together. */
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
