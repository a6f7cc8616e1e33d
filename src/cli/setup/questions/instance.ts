/** The question about the instance that merges are deployed to. */
import { instance as checkInstance } from '../../../checks/instance.ts';
import { isRefusal } from '../../../refusal.ts';
import type { Answers } from '../answers.ts';
import type { Question } from '../question.ts';

export const instance: Question = {
  async ask(ask, answers, look) {
    const url = await ask.text({
      message: "Address of the customer's instance, which merges are deployed to (Enter: none, or later)",
      example: 'https://api.acme.example.com',
    });
    if (url === '') return undefined;
    const token = await ask.secret('INSTANCE_API_TOKEN, its token (Enter: later)');
    const own = answers.id.split('/').at(-1) ?? answers.id;
    const secrets = token === '' ? {} : { INSTANCE_API_TOKEN: token };
    const asked: Answers = { ...answers, instance: { url, name: own }, secrets: { ...answers.secrets, ...secrets } };
    const running = await ask.during('Looking at the instance', () =>
      look(asked, async ({ connections }) => connections.instance?.version()),
    );
    const initial = (isRefusal(running) ? undefined : running?.name) ?? own;
    const name = (await ask.text({ message: 'Name of the instance', initial })) || initial;
    return { instance: { url, name }, secrets };
  },
  looks: ({ secrets }) => (secrets?.INSTANCE_API_TOKEN ? [checkInstance] : []),
};
