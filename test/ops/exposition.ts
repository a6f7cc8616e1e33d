/** Reads what `/metrics` answers by the grammar of Prometheus' text format, and fails on a line that is not in it. */

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const label = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`;
const helpForm = new RegExp(`^# HELP (${name}) (\\S.*)$`);
const typeForm = new RegExp(`^# TYPE (${name}) (counter|gauge|histogram|summary|untyped)$`);
const sampleForm = new RegExp(
  `^(${name})(?:\\{(${label}(?:,${label})*)\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|NaN|[+-]Inf)$`,
);

export interface Family {
  help: string;
  type: string;
  /** By their labels as they are written, without the braces. */
  samples: Record<string, number>;
}

/** By their names. */
export function readExposition(text: string): Record<string, Family> {
  const families: Record<string, Family> = {};
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  let helped = { name: '', help: '' };
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, name, help = ''] = helpForm.exec(line) ?? [];
    if (name !== undefined) {
      helped = { name, help };
      continue;
    }
    const [, typed = '', type = ''] = typeForm.exec(line) ?? [];
    if (typed) {
      if (typed !== helped.name || typed in families) throw new Error(`${line}: after the help of ${helped.name}`);
      families[typed] = { help: helped.help, type, samples: {} };
      continue;
    }
    const [whole, metric = '', labels = '', value] = sampleForm.exec(line) ?? [];
    const family = families[metric];
    if (whole === undefined || !family || labels in family.samples) throw new Error(`no sample of a metric: ${line}`);
    family.samples[labels] = Number(value);
  }
  return families;
}
