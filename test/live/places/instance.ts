/** A running product that takes deployments. Nothing of it can be removed, so it only ever gets the commit that it runs. */
import { isLoopbackUrl } from '../../../src/agents/config/forms.ts';
import { instanceConfig } from '../../../src/agents/config/instance.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { createInstance, type InstanceConnector } from '../../../src/connectors/instance.ts';
import { Permit } from '../../../src/work-items/gate/permit.ts';
import { createRaw, type Raw } from '../raw.ts';
import type { Place, PlaceOptions } from './place.ts';

export interface LiveInstance extends Place {
  run: string;
  /** The product's own connector, with the paths that an agent has without any settings of them. */
  connector: InstanceConnector;
  call: Raw;
  permit(sha: string): Permit;
}

export function createLiveInstance({ settings, run, fetch, redact, http }: PlaceOptions): LiveInstance {
  const { INSTANCE_URL: url = '', INSTANCE_API_TOKEN: token = '' } = settings;
  const { deploy } = instanceConfig.parse({ name: run });
  const connector = createInstance({ url, urlSetting: 'INSTANCE_URL', token, deploy, http });
  const headers = { authorization: `Bearer ${token}` };
  const { host } = new URL(url);
  return {
    name: `instance ${host}`,
    isEmulator: isLoopbackUrl(url),
    run,
    connector,
    call: createRaw({ system: `instance ${host}`, baseUrl: url, headers, fetch, redact }),
    permit(sha) {
      const binding = {
        kind: 'deploy',
        agentId: 'live',
        tenant: '',
        workItemId: 0,
        rev: 0,
        sha,
        configDigest: '',
      } as const;
      return Permit.mint(crypto.randomUUID(), binding, systemClock);
    },
    async foreign() {
      await connector.version();
      return [];
    },
    clean: async () => ({ removed: [], left: [] }),
  };
}
