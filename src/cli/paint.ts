// Colours for terminals.
import { styleText } from 'node:util';
import type { Io } from './command.ts';

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'dim';

/** Colours text line by line when the output is a terminal that wants it. */
export function paint(io: Io, text: string, colourOf: (line: string) => Colour | undefined): string {
  if (!io.color) return text;
  return text.split('\n').map((l) => { const c = colourOf(l); return c === undefined ? l : style(c, l); }).join('\n');
}

/** Colours one piece of text. */
export function colour(io: Io, c: Colour, text: string): string { return io.color ? style(c, text) : text; }

function style(c: Colour, text: string): string { return styleText(c, text); }
