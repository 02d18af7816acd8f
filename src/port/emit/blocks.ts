// What the emitters of statements need beyond expressions: lines of output, nesting, and the plan of declarations.
import type { Block, Stmt } from '../ast.ts';
import type { Scope } from '../scope.ts';
import type { Emit, Frame } from './context.ts';
import type { Plan } from './declare.ts';

export interface Blocks extends Emit {
  /** One line of output that stems from a line of Python. */
  line(text: string, python: number): void;
  /** Indented by one. */
  inside(f: () => void): void;
  /** The statements of a block, indented by one. */
  nested(body: Block): void;
  /** The statements of a block, here. */
  block(body: Block): void;
  readonly plan: Plan & { readonly top: boolean };
  /** Not inside of anything: what is declared here may be exported. */
  readonly outermost: boolean;
  /** Turns a last line `const name = value;` into `return value;`, where it is that. */
  returnLast(name: string): boolean;
  /** Runs inside a function: its scope, plan and frame. */
  inFunction(scope: Scope, body: Block, frame: Frame, f: () => void): void;
  /** A name the program does not use. */
  temporary(stem: string): string;
  /** The error being handled, for a bare `raise`. */
  caught: string | null;
  /** Names of the errors that the `try` around catches. */
  caughtErrors: ReadonlySet<string>;
  /** `break;`, or what it is inside a loop with an else. */
  breakText: string;
  /** Runs with other text for `break`. */
  breaking(text: string, f: () => void): void;
  /** Comments above a statement. */
  comments(s: Stmt): void;
}
