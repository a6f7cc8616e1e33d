/** Costs by week as stacked bars, drawn here so that they need no script, with the same numbers as a table. */
import { html } from 'hono/html';
import type { CostSeries, CostsView } from '../../views/costs-view.ts';
import type { Html } from '../page.ts';
import { wideTable } from './list-parts.ts';
import { nothing, usd } from './words.ts';

/** Each stands out from light and dark paper alike. The last is of all that have no colour of their own. */
const colours = ['#3b82c4', '#c2571a', '#2e9160', '#9a5fc4', '#b5831d', '#c44a74', '#3a8f9a'];
const restColour = '#7a828c';
const colourOf = (at: number) => colours[at] ?? restColour;

const height = 150;
const top = 20;
const labelsMax = 6;

/** Those without a colour of their own are one. */
function drawn(series: readonly CostSeries[]): Pick<CostSeries, 'name' | 'usdByWeek'>[] {
  const rest = series.slice(colours.length);
  const [first, ...others] = rest;
  if (!first) return [...series];
  const usdByWeek = first.usdByWeek.map((amount, at) =>
    others.reduce((sum, one) => sum + (one.usdByWeek[at] ?? 0), amount),
  );
  return [...series.slice(0, colours.length), { name: `${rest.length} others`, usdByWeek }];
}

/** From the bottom up; places along the width are in percent, so that words keep their size on a telephone. */
function bars(series: ReturnType<typeof drawn>, weeks: readonly string[], most: number): Html[] {
  const width = 100 / weeks.length;
  return weeks.flatMap((week, at) => {
    let y = top + height;
    return series.flatMap(({ name, usdByWeek }, index) => {
      const amount = usdByWeek[at] ?? 0;
      if (amount === 0) return [];
      const tall = (amount / most) * height;
      y -= tall;
      const place = { x: `${(at + 0.1) * width}%`, y: y.toFixed(2), width: `${0.8 * width}%`, tall: tall.toFixed(2) };
      return html`<rect x="${place.x}" y="${place.y}" width="${place.width}" height="${place.tall}" fill="${colourOf(index)}"><title>${name}, week of ${week}: ${usd(amount)}</title></rect>`;
    });
  });
}

function labels(weeks: readonly string[]): Html[] {
  const every = Math.ceil(weeks.length / labelsMax);
  return weeks.flatMap((week, at) =>
    at % every === 0
      ? html`<text x="${((at + 0.1) * 100) / weeks.length}%" y="${top + height + 18}" font-size="12" fill="currentColor">${week.slice(5)}</text>`
      : [],
  );
}

const swatch = (at: number) =>
  html`<svg width="12" height="12" aria-hidden="true"><rect width="12" height="12" rx="2" fill="${colourOf(at)}"></rect></svg>`;

const rowsMax = 100;

/** The present week first: on a telephone the others are behind the edge. */
function table(label: string, series: readonly CostSeries[], weeks: readonly string[]): Html {
  const rows = series
    .slice(0, rowsMax)
    .map(
      ({ name, usd: all, turns, usdByWeek }, at) =>
        html`<tr><th scope="row">${swatch(at)}\u00a0${name}</th><td class="number">${usd(all)}</td><td class="number">${turns.toLocaleString('en-US')}</td>${usdByWeek.toReversed().map((amount) => html`<td class="number">${amount === 0 ? '' : usd(amount)}</td>`)}</tr>`,
    );
  const more = series.length > rowsMax ? nothing(`${series.length - rowsMax} more cost less.`) : '';
  const numbers = ['All', 'Turns', ...weeks.toReversed().map((week) => week.slice(5))];
  return html`${wideTable(label, [label, ...numbers], rows, numbers)}${more}`;
}

/** `id` is of its heading. */
export function costPlot(id: string, label: string, series: readonly CostSeries[], { weeks }: CostsView): Html {
  const sums = weeks.map((_, at) => series.reduce((sum, { usdByWeek }) => sum + (usdByWeek[at] ?? 0), 0));
  const most = Math.max(...sums, 0.01);
  const base = top + height;
  return html`<svg role="img" aria-labelledby="${id}" width="100%" height="${base + 24}">
<text x="0" y="12" font-size="12" fill="currentColor">${usd(Math.max(...sums, 0))} in the dearest week</text>
<line x1="0" x2="100%" y1="${base}" y2="${base}" stroke="currentColor"></line>
${bars(drawn(series), weeks, most)}${labels(weeks)}
</svg>
${table(label, series, weeks)}`;
}
