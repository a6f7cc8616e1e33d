/** An agent as everything but its own worker sees it: configuration, instructions and trust, without one secret. */
import type { Model } from '../models/model.ts';
import type { AgentId } from './agent-id.ts';
import type { AgentConfig } from './config/config.ts';
import type { DevopsConfig } from './config/devops.ts';
import type { GitConfig } from './config/git.ts';
import type { InstanceConfig } from './config/instance.ts';
import type { AgentLimits, BranchLimits } from './config/limits.ts';
import type { Locations } from './locations.ts';

/** What every agent has, whatever it is for. */
interface AnyAgent {
  readonly id: AgentId;
  /** Its folder, absolute. */
  readonly folder: string;
  /** The whole of jvAgent.json with defaults filled in and unknown fields kept; `~` is expanded. */
  readonly config: AgentConfig;
  /** CLAUDE.md texts of its ancestors, outermost first, then its own. */
  readonly instructions: string;
  /** Phase prompts and the like of its own and its ancestors', by their paths below the workspace. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Outermost first, itself last. */
  readonly ancestry: readonly AgentId[];
  /** The model that it or the nearest ancestor names. */
  readonly model: Model;
  /** The second model that the engine may ask. */
  readonly triageModel: Model;
  readonly limits: AgentLimits;
  /** What each ancestor with limits of its own allows all its children together, outermost first. */
  readonly branchLimits: readonly BranchLimits[];
  /** Where tools are looked for: its own folder, its ancestors', the workspace's; the nearest name wins. */
  readonly toolFolders: readonly string[];
  readonly locations: Locations;
  /** What steers trust, by name, so that a person can be shown what changed. */
  readonly steering: Readonly<Record<string, string>>;
  /** sha256 over `steering`, 64 hex digits: the configuration digest of permits and audit entries. */
  readonly digest: string;
}

/** One that takes work items to a deployment. Its blocks are those of `config`, with the places that secrets.env may name. */
export interface CodeChangeAgent extends AnyAgent {
  readonly kind: 'code-change';
  readonly devops: DevopsConfig & { organization: string; project: string };
  readonly git: GitConfig;
  readonly instance?: (InstanceConfig & { url: string }) | undefined;
}

/** One without a board and a repository: it answers questions. */
export interface ConversationAgent extends AnyAgent {
  readonly kind: 'conversation';
}

export type Agent = CodeChangeAgent | ConversationAgent;
