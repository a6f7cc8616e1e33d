/** Finds what the real provider would refuse in a request: unknown fields, and fields without the beta that they need. */
import { countFields, type Field, type Fields, messageFields } from './fields.ts';

type Value = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Value =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const stemOf = (beta: string) => beta.trim().replace(/-\d{4}-?\d{2}-?\d{2}$/, '');

/** The first fault, in the provider's words, such as `messages.1.output_config: Extra inputs are not permitted`. */
export function faultIn(body: Value, isCount: boolean, betaHeader: string): string | undefined {
  const betas = betaHeader.split(',').map(stemOf);

  function faultInField(value: unknown, { inside }: Field, at: string): string | undefined {
    if (!inside) return undefined;
    const values = Array.isArray(value)
      ? value.map((each, index) => [each, `${at}.${index}`] as const)
      : [[value, at] as const];
    for (const [each, place] of values) {
      if (!isObject(each)) continue;
      const fields = typeof inside === 'function' ? inside(each) : inside;
      const fault = typeof fields === 'string' ? `${place}: ${fields}` : faultInObject(each, fields, place);
      if (fault) return fault;
    }
    return undefined;
  }

  function faultInObject(value: Value, fields: Fields, at: string): string | undefined {
    for (const [name, inner] of Object.entries(value)) {
      const place = at === '' ? name : `${at}.${name}`;
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      const isOpen = field?.betas === undefined || field.betas.some((beta) => betas.includes(beta));
      if (!field || !isOpen) return `${place}: Extra inputs are not permitted`;
      const fault = faultInField(inner, field, place);
      if (fault) return fault;
    }
    return undefined;
  }

  if (!isCount && body.max_tokens === undefined) return 'max_tokens: Field required';
  const budget = isObject(body.thinking) ? Number(body.thinking.budget_tokens) : 0;
  if (!isCount && budget >= Number(body.max_tokens))
    return '`max_tokens` must be greater than `thinking.budget_tokens`.';
  return faultInObject(body, isCount ? countFields : messageFields, '');
}
