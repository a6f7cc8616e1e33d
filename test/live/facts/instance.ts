/** What the product needs of the instance that it deploys to. */
import { type Fact, judge, notTried } from '../fact.ts';

const connector = 'src/connectors/instance.ts';
const isSha = (text: string | undefined): text is string => /^[0-9a-f]{40}$/.test(text ?? '');

export const instanceFacts: readonly Fact<'instance'>[] = [
  {
    id: 'instance-version',
    fact: 'It tells the whole commit that it runs.',
    source: 'documented',
    usedIn: connector,
    needs: ['instance'],
    async try({ instance }) {
      const { commit } = await instance.connector.version();
      return judge(isSha(commit), commit ?? 'no commit');
    },
  },
  {
    id: 'instance-health',
    fact: 'It says that it is healthy.',
    source: 'documented',
    usedIn: connector,
    needs: ['instance'],
    async try({ instance }) {
      const isHealthy = await instance.connector.healthy();
      return judge(isHealthy, isHealthy ? 'healthy' : 'not healthy');
    },
  },
  {
    id: 'instance-wrong-token',
    fact: 'A wrong token is refused with 401 or 403, never with a page.',
    source: 'documented',
    usedIn: 'src/connectors/http/answer.ts',
    needs: ['instance'],
    async try({ instance }) {
      const headers = { authorization: 'Bearer of-nobody' };
      const { status, type } = await instance.call('GET', '/version', { headers });
      return judge(status === 401 || status === 403, `${status} ${type}`.trim());
    },
  },
  {
    id: 'instance-same-key',
    fact: 'A deployment that is sent twice with one key is one deployment; here of the commit that runs already.',
    source: 'documented',
    usedIn: 'src/effects/effect-key.ts',
    needs: ['instance'],
    async try({ instance }) {
      const { commit } = await instance.connector.version();
      if (!isSha(commit)) return notTried('it does not tell the commit that it runs');
      const key = instance.run;
      const deploy = () => instance.connector.deploy(instance.permit(commit), { sha: commit, key });
      const [first, second] = [await deploy(), await deploy()];
      return judge(first.deploymentId === second.deploymentId, `${first.deploymentId} and ${second.deploymentId}`);
    },
  },
];
