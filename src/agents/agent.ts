/** An agent as all code outside its worker sees it: configuration, instructions and trust, without any secrets. */
import type { Model } from '../models/model.ts';
import type { AgentId } from './agent-id.ts';
import type { AgentConfig } from './config/config.ts';
import type { DevopsConfig } from './config/devops.ts';
import type { GitConfig } from './config/git.ts';
import type { InstanceConfig } from './config/instance.ts';
import type { AgentLimits, BranchLimits } from './config/limits.ts';
import type { Locations } from './locations.ts';

/** The fields that every kind of agent has. */
interface AnyAgent {
  readonly id: AgentId;
  /** Its folder, absolute. */
  readonly folder: string;
  /** All of jvAgent.json: defaults are filled in, unknown fields are kept, `~` is expanded. */
  readonly config: AgentConfig;
  /** The CLAUDE.md texts of its ancestors, topmost first, followed by its own. */
  readonly instructions: string;
  /** Phase prompts and similar texts of the agent and its ancestors, by path relative to the workspace. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Topmost first, the agent itself last. */
  readonly ancestry: readonly AgentId[];
  /** The model named by the agent or by its nearest ancestor. */
  readonly model: Model;
  /** The second model that the engine may call. */
  readonly triageModel: Model;
  readonly limits: AgentLimits;
  /** For each ancestor that sets limits: what all its descendants may use together. Topmost first. */
  readonly branchLimits: readonly BranchLimits[];
  /** Where tools are searched, in this order: its own folder, its ancestors' folders, the workspace. The first match wins. */
  readonly toolFolders: readonly string[];
  readonly locations: Locations;
  /** The values that a person has to trust, by name, so that changes can be shown. */
  readonly steering: Readonly<Record<string, string>>;
  /** sha256 over `steering`, 64 hex digits: the configuration digest of permits and audit entries. */
  readonly digest: string;
}

/**
 * An agent that takes work items through to deployment. Its blocks come from `config`; locations set in secrets.env override them.
 */
export interface CodeChangeAgent extends AnyAgent {
  readonly kind: 'code-change';
  readonly devops: DevopsConfig & { organization: string; project: string };
  readonly git: GitConfig;
  readonly instance?: (InstanceConfig & { url: string }) | undefined;
}

/** An agent without a board and a repository: it answers questions, and where it has an instance it proposes changes of it. */
export interface ConversationAgent extends AnyAgent {
  readonly kind: 'conversation';
  readonly instance?: (InstanceConfig & { url: string }) | undefined;
}

export type Agent = CodeChangeAgent | ConversationAgent;
