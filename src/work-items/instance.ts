/** The port to one customer's running product. */
import type { Permit } from './gate/permit.ts';

export type DeploymentState = 'running' | 'succeeded' | 'failed';

export interface Instance {
  /** The commit that it says it runs, and the name it gives itself; undefined where it does not say. */
  version(): Promise<{ commit?: string | undefined; name?: string | undefined }>;
  healthy(): Promise<boolean>;
  /** The same `key` never deploys twice. `archive` is a tar of the commit, where the instance takes one. */
  deploy(
    permit: Permit,
    deployment: { sha: string; key: string; archive?: Buffer | undefined },
  ): Promise<{ deploymentId: string }>;
  deployment(deploymentId: string): Promise<DeploymentState>;
  rollback(permit: Permit, deploymentId: string, key: string): Promise<void>;
}
