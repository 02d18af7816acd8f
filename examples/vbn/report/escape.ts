// Text that goes into HTML.

/** Markup with its holes filled by escaped text; `raw` marks what is markup already. */
export class Markup {
  readonly text: string;
  constructor(text: string) { this.text = text; }
}
export const raw = (text: string): Markup => new Markup(text);

type Hole = string | number | Markup | readonly Hole[];
const fill = (h: Hole): string => (h instanceof Markup ? h.text : typeof h === 'object' ? h.map(fill).join('') : escapeHtml(String(h)));

/** Template tag: html`<p>${text}</p>`. */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): Markup {
  return new Markup(parts.map((p, i) => p + (i < holes.length ? fill(holes[i]!) : '')).join(''));
}

export function escapeHtml(s: string): string {
  return s.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]!);
}

/** JSON inside a script element: no `<`, so nothing can close it. */
export const scriptJson = (value: unknown): Markup => raw(JSON.stringify(value).replace(/</g, '\\u003c').replace(/\u2028/g, '\\u2028').replace(/\u2029/g, '\\u2029'));
